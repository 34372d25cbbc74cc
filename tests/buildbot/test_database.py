"""What Headwater does on Buildbot's own database, and what it refuses to do there."""

from __future__ import annotations

from pathlib import Path

import pytest

from headwater import SchemaError, Store, WrongKindError
from headwater.store import verbs
from headwater.store.schema import Kind
from tests.buildbot.createmaster import create_master
from tests.conformance.rows import run
from tests.databases.rows import tables_of


def test_it_is_known_as_buildbots(buildbot_database: str) -> None:
    """
    A database that Buildbot has made is taken for Buildbot's.
    """
    with Store(buildbot_database) as store:
        assert Kind.BUILDBOT is store.database.limits.kind


def test_the_registry_works_there_and_adds_nothing(buildbot_database: str) -> None:
    """
    Sources are registered, claimed, taken over and released in Buildbot's tables, and no table or index is added.
    """
    before = tables_of(buildbot_database)
    with Store(buildbot_database) as store:
        source = store.register(["linux"])["linux"]
        one, two = (store.ask(verbs.find_master(store.database.limits, name)) for name in ("one", "two"))
        run(buildbot_database, "UPDATE masters SET active = 1")
        claimed = store.claim([source], one)
        refused = store.claim([source], two)
        run(buildbot_database, f"UPDATE masters SET active = 0 WHERE id = {one}")
        taken_over = store.claim([source], two)
        released = store.release(taken_over, two)

        assert ({source: None}, {}, {source: None}, [source]) == (claimed, refused, taken_over, released)
        assert store.source(source) == store.sources(active=False)[0]
    assert before == tables_of(buildbot_database)


def test_claims_of_an_inactive_master_are_ended(buildbot_database: str) -> None:
    """
    What an inactive master has left is found and ended there too.
    """
    with Store(buildbot_database) as store:
        source = store.register(["linux"])["linux"]
        one = store.ask(verbs.find_master(store.database.limits, "one"))
        store.ask(verbs.claim_for(source, one))

        assert [source] == store.release_left()
        assert [] == store.release_left()


def test_what_buildbot_must_do_itself_is_refused(buildbot_database: str) -> None:
    """
    Nobody joins, records or marks a master inactive in Buildbot's database: each is refused with a sentence.
    """
    with Store(buildbot_database) as store:
        one = store.ask(verbs.find_master(store.database.limits, "one"))
        for refused in (
            lambda: store.join("one"),
            store.changes,
            store.watched,
            store.forget,
            lambda: store.ask(verbs.set_state(one, active=False)),
        ):
            with pytest.raises(WrongKindError, match="Buildbot"):
                refused()


@pytest.mark.parametrize("empty_database", ["mariadb"], indirect=True)
def test_tables_without_transactions_are_refused(empty_database: str, tmp_path: Path) -> None:
    """
    The MyISAM tables that Buildbot makes by default are refused, with the statements that mend them.
    """
    create_master(empty_database, tmp_path / "master")
    with pytest.raises(SchemaError, match="ALTER TABLE changesource_masters ENGINE=InnoDB;") as refusal:
        Store(empty_database)

    assert "ALTER TABLE masters ENGINE=InnoDB;" in str(refusal.value)


@pytest.mark.parametrize("empty_database", ["sqlite"], indirect=True)
def test_a_wrong_shape_is_refused(empty_database: str) -> None:
    """
    Tables that lack a column are neither Headwater's nor Buildbot's, and the sentence names table and column.
    """
    run(empty_database, "CREATE TABLE masters (id INTEGER PRIMARY KEY, name TEXT, name_hash TEXT, active INTEGER)")
    with pytest.raises(SchemaError, match="table masters lacks last_active"):
        Store(empty_database)
