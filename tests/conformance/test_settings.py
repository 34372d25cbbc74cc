"""Settings of sources: kept as they were given, told wherever a source is, and those of older versions."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from headwater import Brief, Settings, Store, Watched
from headwater.store import clustering
from headwater.store.engine import open_engine, parse
from headwater.store.requests import Limits
from headwater.store.schema import Kind
from headwater.store.setup import upgrade
from tests.conformance.faces import STORES, new_name
from tests.conformance.rows import run_all
from tests.store.migrating import migrate

ALL = Settings(
    kind="own.kind",
    url="https://git.example.com/api.git?a=%20b&\"'é😀",
    host="ci-a",
    poll=12.5,
    refs=("main", "release/*", "refs/pull/*/head"),
    exclude=("*/wip", "'\"\\", "grün"),
    tags=True,
    first_parent=True,
    credential="deploy key",
    keep=3600.0,
    options={"depth": "3", "": "", "a b": "{now} :ids %(x)s"},
)
"""No field is at its default."""

HEADWATERS = Limits(name_bytes=1000, kind=Kind.HEADWATER, shown="")

EACH = {
    "defaults": Settings(kind="git", url="u"),
    "all": ALL,
    "refs": Settings(kind="git", url="u", refs=("main",)),
    "options": Settings(kind="git", url="u", options={"refs": "main"}),
    "host": Settings(kind="git", url="/srv/api", host="ci-a"),
}


def test_no_field_is_left_at_its_default() -> None:
    """
    What is tested with all fields is tested with all fields, also those that are new.
    """
    plain = Settings(kind="", url="")

    assert all(getattr(ALL, field) != getattr(plain, field) for field in ALL.__struct_fields__)


@STORES
@pytest.mark.parametrize("which", EACH)
@pytest.mark.parametrize("how", ["configure", "edit"])
def test_settings_are_told_as_they_were_given(store: Store, which: str, how: str) -> None:
    """
    All who read a source's settings get them as they were: the list, who looks for free ones, its holder, its poll.
    """
    name, settings = new_name(), EACH[which]
    life = store.join(new_name())
    if how == "edit":
        (id_,) = store.edit(add={name: settings}).values()
    else:
        (id_,) = store.register([name]).values()
        store.configure(id_, settings)

    (listed,) = [one for one in store.watched() if one.id == id_]
    (free,) = [one for one in store.claimable(host="ci-a", kinds=[settings.kind]) if one.id == id_]
    store.claim([id_], life)
    (held,) = store.ask(clustering.held(HEADWATERS, life))

    assert (name, settings) == (listed.name, listed.settings)
    assert (name, settings) == (free.name, free.settings)
    assert Watched(id=id_, name=name, settings=settings, holder=life.id) == held.watched
    assert Brief(name=name, settings=settings) == store.brief(id_)


@STORES
def test_settings_that_are_there_stay(store: Store) -> None:
    """
    Who configures a source that has settings changes nothing.
    """
    (id_,) = store.edit(add={new_name(): ALL}).values()
    store.configure(id_, Settings(kind="git", url="u"))

    (listed,) = [one for one in store.watched() if one.id == id_]
    assert ALL == listed.settings


@pytest.fixture
def upgraded(database: str) -> Iterator[Store]:
    """
    A store on tables of the version before, with three sources of it, upgraded.
    """
    migrate(database, "0003")
    run_all(
        database,
        "INSERT INTO masters (name, name_hash, active, last_active) VALUES ('ci#1', 'hash', 1, 0)",
        *(
            f"INSERT INTO changesources (name, name_hash) VALUES ('{name}', '{name}')"
            for name in ("free", "held", "named")
        ),
        "INSERT INTO source_settings (changesourceid, kind, url, host, claimable_at, baselined_at)"
        " SELECT id, 'git', name, NULL, CASE name WHEN 'free' THEN 5 END, 7 FROM changesources WHERE name <> 'named'",
        "INSERT INTO changesource_masters (changesourceid, masterid)"
        " SELECT s.id, m.id FROM changesources s CROSS JOIN masters m WHERE s.name = 'held'",
        "INSERT INTO claim_history (changesourceid, masterid, master_name, since)"
        " SELECT changesourceid, masterid, 'ci#1', 0 FROM changesource_masters",
        "INSERT INTO positions (changesourceid, ref_hash, ref, oid) SELECT id, 'h', 'refs/heads/main', 'a'"
        " FROM changesources WHERE name = 'held'",
        "INSERT INTO changes (number, changesourceid, token, move, ref, before_oid, after_oid, forced, commit_count,"
        " recorded_at) SELECT 1, id, 1, 0, 'refs/heads/main', NULL, 'a', 1, 1, 3 FROM changesources"
        " WHERE name = 'held'",
        "INSERT INTO commits (changesourceid, token, move, ordinal, oid, parents, author, author_email, authored_at,"
        " committer, committer_email, committed_at, message)"
        " SELECT id, 1, 0, 0, 'a', '', '', '', 1, '', '', 1, 'first' FROM changesources WHERE name = 'held'",
        "UPDATE feed SET number = 1",
    )
    upgrade(*open_engine(parse(database)))
    with Store(database) as store:
        yield store


def test_sources_of_an_older_version(upgraded: Store) -> None:
    """
    After the upgrade every source has its settings, all new ones at their defaults, its claim, position and changes.
    """
    free, held, _ = upgraded.sources()
    (change,) = upgraded.changes()

    assert [
        ("free", Settings(kind="git", url="free"), None),
        ("held", Settings(kind="git", url="held"), held.holder),
    ] == [(one.name, one.settings, one.holder) for one in upgraded.watched()]
    assert [free.id] == [one.id for one in upgraded.claimable(host="h", kinds=["git"])]
    brief = upgraded.brief(held.id)
    assert brief is not None
    assert ({"refs/heads/main": "a"}, None, 0, None) == (
        brief.refs,
        brief.selection,
        brief.checks_wanted,
        brief.check_from,
    )
    assert (0, 0, False, False) == (change.dropped, change.left_out, change.history_lost, change.backfill)
    assert [False] == [commit.lossy for commit in change.commits]


def test_sources_of_an_older_version_are_edited(upgraded: Store) -> None:
    """
    After the upgrade the first edit has number 1, and finds them all: those with settings, and those with a name only.
    """
    free, held, named = upgraded.sources()
    before = upgraded.edited(0)
    change = {one.id: (one.name, Settings(kind="git", url="new", poll=5)) for one in (free, held, named)}
    upgraded.edit(change=change)

    after = upgraded.edited(before.number)
    assert (0, ()) == (before.number, before.ids)
    assert (1, {free.id, held.id, named.id}) == (after.number, set(after.ids))
    assert {free.id, named.id} == {one.id for one in upgraded.claimable(host="h", kinds=["git"])}
