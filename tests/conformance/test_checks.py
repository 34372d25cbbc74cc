"""Checks that people ask for, edits that masters follow, and what a poll has to know before it begins."""

from __future__ import annotations

import pytest

from headwater import CheckUndoneError, Edited, Report, Settings, Store
from headwater.store.engine import open_engine, parse
from headwater.store.setup import upgrade
from tests.conformance.conftest import GIT
from tests.conformance.faces import STORES, new_name
from tests.conformance.holding import FIRST, MAIN, claimed, record
from tests.conformance.rows import run, run_all
from tests.store.migrating import migrate


def added(store: Store, count: int) -> list[int]:
    """
    Add sources.
    """
    name = new_name()
    return sorted(store.edit(add={f"{name} {number}": GIT for number in range(count)}).values())


@STORES
def test_checks_are_numbered(store: Store) -> None:
    """
    Each check that is asked for has the next number of its source; who is not there is not asked.
    """
    first, second = added(store, 2)
    (named,) = store.register([new_name()]).values()

    assert {first: 1} == store.ask_check([first])
    assert {first: 2, second: 1} == store.ask_check([first, second, named, 2**31, 0])
    brief = store.brief(first)
    assert brief is not None
    assert (2, None) == (brief.checks_wanted, brief.check_from)


@STORES
def test_a_check_from_a_commit_waits_until_it_is_made(store: Store) -> None:
    """
    From which commit on to tell, and by which check, stays through later checks that name none.
    """
    fence = claimed(store)

    def wanted_from() -> tuple[str | None, int]:
        brief = store.brief(fence.source)
        assert brief is not None
        return brief.check_from, brief.check_from_number

    store.ask_check([fence.source])
    nothing = wanted_from()
    store.ask_check([fence.source], from_="v1")
    before = wanted_from()
    store.ask_check([fence.source])
    kept = wanted_from()
    store.report([Report(source=fence.source, token=fence.token, state="ok", checks_done=3)])
    store.ask_check([fence.source])
    over = wanted_from()
    store.ask_check([fence.source], from_="v2")

    assert ((None, 0), ("v1", 2), ("v1", 2), ("v1", 2), ("v2", 5)) == (nothing, before, kept, over, wanted_from())


@STORES
def test_no_check_from_a_commit_is_lost(store: Store) -> None:
    """
    Until a source was told again from one commit on, nobody can ask for another one, of none of several sources.
    """
    fence, other = claimed(store), claimed(store)
    both = [other.source, fence.source]
    store.ask_check([fence.source], from_="v1")
    store.report([Report(source=other.source, token=other.token, state="ok")])

    with pytest.raises(CheckUndoneError) as refusal:
        store.ask_check(both, from_="v2")
    assert (fence.source, "v1") == (refusal.value.changesourceid, refusal.value.from_)
    assert [(None, 0), ("v1", 1)] == [
        (brief.check_from, brief.checks_wanted) for id_ in both if (brief := store.brief(id_)) is not None
    ]
    store.report([Report(source=fence.source, token=fence.token, state="ok", checks_done=1)])
    assert {fence.source: 2, other.source: 1} == store.ask_check(both, from_="v2")


@STORES
def test_the_same_check_is_told_once(store: Store) -> None:
    """
    Who asks for the same commit once more while it is still to be told from is answered by the one telling.
    """
    (id_,) = added(store, 1)
    numbers = [store.ask_check([id_], from_="v1")[id_] for _ in range(2)]

    brief = store.brief(id_)
    assert brief is not None
    assert ([1, 2], 2, ("v1", 1)) == (numbers, brief.checks_wanted, (brief.check_from, brief.check_from_number))


@pytest.mark.parametrize("done", [0, 2])
def test_what_an_older_version_was_asked_for(empty_database: str, done: int) -> None:
    """
    After the upgrade what was to be told from a commit on belongs to the newest check, and is undone if that is.
    """
    migrate(empty_database, "0004")
    run_all(
        empty_database,
        "INSERT INTO changesources (name, name_hash) VALUES ('api', 'hash')",
        "INSERT INTO source_settings (changesourceid, kind, url, checks_wanted, check_from)"
        " SELECT id, 'git', 'u', 2, 'v1' FROM changesources",
        "INSERT INTO conditions (changesourceid, token, state, reason, since, attempts, checks_done)"
        " SELECT id, 1, 'ok', '', 0, 0, :done FROM changesources",
        done=done,
    )
    upgrade(*open_engine(parse(empty_database)))

    with Store(empty_database) as store:
        (source,) = store.sources()
        brief = store.brief(source.id)
        assert brief is not None
        assert ("v1", 2) == (brief.check_from, brief.check_from_number)
        if done == 0:
            with pytest.raises(CheckUndoneError):
                store.ask_check([source.id], from_="v2")
        else:
            assert {source.id: 3} == store.ask_check([source.id], from_="v2")


@STORES
def test_a_brief_tells_all(store: Store) -> None:
    """
    A poll is told name, settings, position and selection in one go; nothing of a source without settings.
    """
    fence = claimed(store)
    fresh = store.brief(fence.source)
    store.baseline(fence, {MAIN: "a", "refs/heads/dev": "d"}, "selection")
    record(store, fence, 0, FIRST)
    brief = store.brief(fence.source)
    (named,) = store.register([new_name()]).values()

    assert fresh is not None
    assert brief is not None
    assert (None, None) == (fresh.refs, fresh.selection)
    assert ({MAIN: "b", "refs/heads/dev": "d"}, "selection") == (brief.refs, brief.selection)
    assert store.find([brief.name]) == {brief.name: fence.source}
    assert [None] * 3 == [store.brief(id_) for id_ in (named, 2**31, 0)]


@STORES
def test_an_empty_position_is_not_none(store: Store) -> None:
    """
    A source that showed no refs at first sight was looked at.
    """
    fence = claimed(store)
    store.baseline(fence, {})

    brief = store.brief(fence.source)
    assert brief is not None
    assert {} == brief.refs


@STORES
def test_edits_are_followed(store: Store) -> None:
    """
    Who asks after the number that was told last gets what was edited since: added, changed, to be checked; no pause.
    """
    start = store.edited(-1).number
    first, second, third = added(store, 3)
    of_all = store.edited(start)
    store.edit(change={second: (new_name(), Settings(kind="git", url="new"))})
    store.ask_check([third])
    store.pause([first], why="w", by="ada")
    store.resume([first])
    of_two = store.edited(of_all.number)
    store.edit(remove=[second])

    assert (start + 1, {first, second, third}) == (of_all.number, set(of_all.ids))
    assert (start + 3, {second, third}) == (of_two.number, set(of_two.ids))
    assert Edited(number=start + 3) == store.edited(of_two.number) == store.edited(-1)
    assert {first, third} == set(store.edited(start).ids)


def test_many_edits_are_told_in_pages(fresh_store: Store) -> None:
    """
    However many sources one edit has, at most a thousand are told at once, each of them once, none left out.
    """
    ids = [*added(fresh_store, 2500), *added(fresh_store, 3)]
    fresh_store.ask_check(ids[500:501])
    told: list[int] = []
    number = 0
    pages = []
    while (page := fresh_store.edited(number)).ids:
        told += page.ids
        pages.append(len(page.ids))
        number = page.number

    assert sorted(ids) == sorted(told)
    assert max(pages) <= 1000
    assert number == fresh_store.edited(-1).number


def test_nothing_was_edited_in_the_beginning(fresh_store: Store, database: str) -> None:
    """
    A new database has had no edits; sources that were configured only do not show as edited.
    """
    (id_,) = fresh_store.register(["api"]).values()
    fresh_store.configure(id_, GIT)

    assert Edited(number=0) == fresh_store.edited(-1) == fresh_store.edited(0)
    assert [(0,)] == run(database, "SELECT version FROM source_settings")


@STORES
def test_what_cannot_be_asked(store: Store) -> None:
    """
    Arguments that no database takes are refused.
    """
    with pytest.raises(ValueError, match="after is a number from -1 on"):
        store.edited(-2)
    with pytest.raises(ValueError, match="a revision cannot hold a NUL"):
        store.ask_check([1], from_="\0")
