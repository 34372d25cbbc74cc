"""Checks that people ask for, edits that masters follow, and what a poll has to know before it begins."""

from __future__ import annotations

import pytest

from headwater import Edited, Report, Settings, Store
from tests.conformance.conftest import GIT
from tests.conformance.faces import STORES, new_name
from tests.conformance.holding import FIRST, MAIN, claimed, record
from tests.conformance.rows import run


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
    From which commit on to tell is kept through later checks that name none, until one of them has been made.
    """
    fence = claimed(store)

    def wanted_from() -> str | None:
        brief = store.brief(fence.source)
        assert brief is not None
        return brief.check_from

    store.ask_check([fence.source], from_="v1")
    before = wanted_from()
    store.ask_check([fence.source])
    kept = wanted_from()
    store.report([Report(source=fence.source, token=fence.token, state="ok", checks_done=1)])
    store.ask_check([fence.source])
    still = wanted_from()
    store.report([Report(source=fence.source, token=fence.token, state="ok", checks_done=3)])
    store.ask_check([fence.source])
    over = wanted_from()
    store.ask_check([fence.source], from_="v2")

    assert ("v1", "v1", "v1", None, "v2") == (before, kept, still, over, wanted_from())


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
