"""The component on Buildbot's tables, engine and pool, beyond what it shares with every other face."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from buildbot.db.changesources import ChangeSourceAlreadyClaimedError, ChangeSourceModel
from twisted.internet.defer import Deferred, DeferredList

import headwater
from headwater import SchemaError
from headwater.store import inside
from tests.buildbot.createmaster import create_master
from tests.conformance.buildbot_face import BuildbotFace
from tests.conformance.buildbot_tables import statements
from tests.conformance.rows import run
from tests.reactor import ReactorThread


@pytest.fixture
def face(buildbot_database: str, reactor: ReactorThread) -> Iterator[BuildbotFace]:
    """
    The component on a database that Buildbot has made.
    """
    face = BuildbotFace(buildbot_database, reactor)
    yield face
    face.close()


@pytest.mark.parametrize("buildbot_database", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True)
def test_psycopg2_is_as_good(buildbot_database: str, reactor: ReactorThread) -> None:
    """
    Where Buildbot's URL names psycopg2, the component registers, claims, refuses, takes over and lists by it.
    """
    pytest.importorskip("psycopg2", reason="psycopg2 is not installed: pip install psycopg2-binary")
    face = BuildbotFace(buildbot_database, reactor, driver="psycopg2")
    source, one, two = face.find_source_id("😀"), face.new_master("one"), face.new_master("two")
    face.set_source_master(source, one)
    with pytest.raises(ChangeSourceAlreadyClaimedError):
        face.set_source_master(source, two)
    assert ask(face, inside.mark_inactive(one))
    face.set_source_master(source, two)

    assert [{"id": source, "name": "😀", "masterid": two}] == face.get_sources(active=True, masterid=two)
    face.close()


def ask(face: BuildbotFace, request: Any) -> Any:  # noqa: ANN401 - a request answers with anything
    """
    Have the component carry out a request.
    """
    return face.wait_for(face.db.changesources.ask, lambda _: request)


def test_rows_and_the_error_are_buildbots(face: BuildbotFace) -> None:
    """
    A source is Buildbot's model, and the refusal of a claim is caught as Buildbot's error and as Headwater's.
    """
    source, master = face.find_source_id("linux"), face.new_master("one")
    face.set_source_master(source, master)
    with pytest.raises(ChangeSourceAlreadyClaimedError) as refused:
        face.set_source_master(source, master)

    assert ChangeSourceModel(id=source, name="linux", masterid=master) == face.wait_for(
        face.db.changesources.getChangeSource, source
    )
    assert master == face.wait_for(face.db.changesources.get_change_source_master, source)
    assert isinstance(refused.value, headwater.ChangeSourceAlreadyClaimedError)


def test_connections_go_back_as_they_were(face: BuildbotFace) -> None:
    """
    What the component sets on a connection of Buildbot's pool is not there any more for the next user.
    """
    settings = {
        "postgresql": "SELECT current_setting('statement_timeout'), current_setting('lock_timeout')",
        "mysql": "SELECT @@innodb_lock_wait_timeout, @@character_set_client, @@sql_mode, @@collation_connection",
        "sqlite": "PRAGMA busy_timeout",
    }
    before = _in_pool(face, settings)
    face.set_source_master(face.find_source_id("linux"), face.new_master("one"))

    assert before == _in_pool(face, settings)


def test_a_claim_makes_its_master_active(face: BuildbotFace) -> None:
    """
    The claim of a master that starts marks it active in the same transaction, so that nobody else can have it.
    """
    source = face.find_source_id("linux")
    one, two = (face.new_master(name, active=False) for name in ("one", "two"))

    assert None is ask(face, inside.claim_as(source, one, None))
    assert one == ask(face, inside.claim_as(source, two, None))
    assert None is ask(face, inside.claim_as(source, one, None))
    assert [True, False] == [(face.master(id_) or {})["active"] for id_ in (one, two)]


def test_one_of_those_that_expire_a_master_is_told(face: BuildbotFace) -> None:
    """
    Of several that expire the same dead master at the same instant, exactly one says that it did; its claims are over.
    """
    source, dead = face.find_source_id("linux"), face.new_master("dead")
    for _ in range(20):
        run(face.url, "UPDATE masters SET active = 1, last_active = 1")
        face.set_source_master(source, dead)

        def both() -> Deferred[Any]:
            calls = [face.db.changesources.ask(lambda _: inside.mark_inactive(dead, 600)) for _ in range(4)]
            return DeferredList(calls, consumeErrors=True)

        assert [False, False, False, True] == sorted(answer for _, answer in face.wait_for(both))
        assert None is (face.get_source(source) or {})["masterid"]


def test_a_master_that_has_just_beaten_is_not_expired(face: BuildbotFace) -> None:
    """
    A master is only marked inactive if it was silent on the database's clock, whatever the caller has read before.
    """
    one = face.new_master("one")

    assert not ask(face, inside.mark_inactive(one, 600))
    assert ask(face, inside.mark_inactive(one))
    assert not ask(face, inside.mark_inactive(one))


def test_a_database_in_memory_is_enough(reactor: ReactorThread) -> None:
    """
    SQLite in memory lives in one connection of one thread of Buildbot's pool, and that is where statements run.
    """
    face = BuildbotFace("sqlite://", reactor)
    try:
        face.wait_for(face.in_pool, _make_tables)
        source, master = face.find_source_id("linux"), face.new_master("one")
        face.set_source_master(source, master)

        assert [{"id": source, "name": "linux", "masterid": master}] == face.get_sources(active=True)
    finally:
        face.close()


@pytest.mark.parametrize("empty_database", ["mariadb"], indirect=True)
def test_tables_without_transactions_are_refused(
    empty_database: str,
    reactor: ReactorThread,
    tmp_path: Path,
) -> None:
    """
    The MyISAM tables that Buildbot makes by default are refused, with the statements that mend them.
    """
    create_master(empty_database, tmp_path / "master")
    face = BuildbotFace(empty_database, reactor)
    with pytest.raises(SchemaError, match="ALTER TABLE changesource_masters ENGINE=InnoDB;"):
        face.find_source_id("linux")
    face.close()


def _in_pool(face: BuildbotFace, settings: dict[str, str]) -> list[tuple[Any, ...]]:
    def read(connection: Any) -> list[tuple[Any, ...]]:  # noqa: ANN401 - Buildbot has no types
        return [tuple(row) for row in connection.exec_driver_sql(settings[connection.dialect.name])]

    return face.wait_for(face.in_pool, read)


def _make_tables(connection: Any) -> None:  # noqa: ANN401 - Buildbot has no types
    for statement in statements("sqlite"):
        connection.exec_driver_sql(statement)
