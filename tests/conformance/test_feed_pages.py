"""The feed read in pages: changes without their commits, and the commits of one of them in slices."""

from __future__ import annotations

import pytest

from headwater import Move, Store
from headwater.store import feedpages
from headwater.store.feedpages import Page, Summary
from headwater.values import Commit, Fence
from tests.conformance.commits import ODD, commit
from tests.conformance.holding import FIRST, MAIN, record
from tests.conformance.rows import run


def page(store: Store, first: int, most: int = 10) -> Page:
    """
    Return a page of the feed.
    """
    return store.ask(feedpages.page(store.database.limits, first=first, most=most))


def commits_of(store: Store, number: int, first: int, most: int) -> list[Commit]:
    """
    Return some commits of a change.
    """
    return store.ask(feedpages.commits_of(store.database.limits, number, first=first, most=most))


def test_an_empty_feed_has_an_empty_page(fresh_store: Store) -> None:
    """
    Before the first change the newest number is 0.
    """
    assert Page(0) == page(fresh_store, 0)


def test_changes_come_without_commits(fresh_store: Store, fence: Fence) -> None:
    """
    A page has the changes from a number on with their source, and where that is now; and the newest number of all.
    """
    record(fresh_store, fence, 0, FIRST, [commit("one"), commit("two")])
    record(fresh_store, fence, 1, Move(ref=MAIN, before="b", after=None))
    record(fresh_store, fence, 2, Move(ref=MAIN, before=None, after="c"))
    source = fresh_store.source(fence.source)
    assert source is not None
    times = [change.recorded_at for change in fresh_store.changes()]
    url = f"https://example.com/{source.name}"

    first = Summary(1, source.name, MAIN, "b", times[0], 2, "git", url)
    second = Summary(2, source.name, MAIN, None, times[1], 0, "git", url)
    assert Page(3, (first, second)) == page(fresh_store, 1, most=2)
    assert [3] == [summary.number for summary in page(fresh_store, 3).summaries]
    assert Page(3) == page(fresh_store, 4)


def test_a_source_without_settings_has_no_place(fresh_store: Store, fence: Fence, database: str) -> None:
    """
    Changes of a source whose settings are gone are told all the same.
    """
    record(fresh_store, fence, 0, FIRST)
    run(database, "DELETE FROM source_settings")

    assert [(None, None)] == [(one.kind, one.url) for one in page(fresh_store, 0).summaries]


@pytest.mark.parametrize("most", [1, 3, len(ODD), len(ODD) + 1])
def test_commits_come_in_slices(fresh_store: Store, fence: Fence, most: int) -> None:
    """
    Slice by slice, whatever its size, the commits of a change come as they were recorded, and never another one's.
    """
    record(fresh_store, fence, 0, FIRST, [commit("of the first change")])
    record(fresh_store, fence, 1, Move(ref=MAIN, before="b", after="c"), ODD)
    slices = [commits_of(fresh_store, 2, first, most) for first in range(0, len(ODD), most)]

    assert ODD == [one for slice_ in slices for one in slice_]
    assert [] == commits_of(fresh_store, 2, len(ODD), most)
