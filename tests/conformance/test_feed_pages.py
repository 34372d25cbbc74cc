"""The feed read in pages: changes without their commits, and the commits of one of them in slices."""

from __future__ import annotations

import pytest

from headwater import Move, Store
from headwater.store import feedpages
from headwater.store.feedpages import Page, Summary
from headwater.values import Commit, Fence
from tests.conformance.commits import ODD, commit
from tests.conformance.holding import FIRST, MAIN, record
from tests.conformance.rows import run, run_all


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


MANY = 100_000


def repeat(url: str, ordinals: range) -> None:
    """
    Have the newest change bring its first commit many times more: as if it were so many.
    """
    run_all(
        url,
        "INSERT INTO commits (changesourceid, token, move, ordinal, oid, parents, author, author_email, authored_at,"
        " committer, committer_email, committed_at, message, lossy)"
        " WITH RECURSIVE n (ordinal) AS (SELECT 0 UNION ALL SELECT ordinal + 1 FROM n WHERE ordinal < 999)"
        " SELECT m.changesourceid, m.token, m.move, t.ordinal * 1000 + n.ordinal, m.oid, m.parents, m.author,"
        " m.author_email, m.authored_at, m.committer, m.committer_email, m.committed_at, m.message, m.lossy"
        " FROM commits m JOIN changes c ON c.changesourceid = m.changesourceid AND c.token = m.token"
        " AND c.move = m.move AND m.ordinal = 0 CROSS JOIN n CROSS JOIN n AS t"
        " WHERE c.number = (SELECT MAX(number) FROM changes) AND t.ordinal * 1000 + n.ordinal >= :start"
        " AND t.ordinal <= :thousands AND t.ordinal * 1000 + n.ordinal < :stop",
        start=ordinals.start,
        stop=ordinals.stop,
        thousands=ordinals.stop // 1000,
    )
    run(url, f"UPDATE changes SET commit_count = {ordinals.stop} WHERE number = (SELECT number FROM feed)")


def test_a_change_of_a_hundred_thousand_commits(fresh_store: Store, fence: Fence, database: str) -> None:
    """
    A change is read with all of its commits, however many; the next one is on the next page.
    """
    record(fresh_store, fence, 0, FIRST, [commit("first"), commit("second")])
    repeat(database, range(2, MANY))
    record(fresh_store, fence, 1, Move(ref=MAIN, before="b", after="c"), [commit("small")])
    (large,) = fresh_store.changes()
    (small,) = fresh_store.changes(after=large.number)

    assert (MANY, MANY) == (large.commit_count, len(large.commits))
    assert ["first", "second", "first", "first"] == [one.message for one in (*large.commits[:3], large.commits[-1])]
    assert ["small"] == [one.message for one in small.commits]


def test_a_page_has_few_commits(fresh_store: Store, fence: Fence, database: str) -> None:
    """
    However many changes are asked for, an answer ends before its commits are too many; no change is left out.
    """
    counts = [3, 2500, 0, 4000, 3000, 900, 1, 12_000, 0, 2]
    for number, count in enumerate(counts):
        ref = Move(ref=f"refs/heads/{number}", before=None, after="a")
        record(fresh_store, fence, number, ref, [commit(f"{number}.{one}") for one in range(min(count, 2))])
        if count > 2:
            repeat(database, range(2, count))
    pages = [fresh_store.changes()]
    while pages[-1]:
        pages.append(fresh_store.changes(after=pages[-1][-1].number))

    assert [[1, 2, 3, 4, 5], [6, 7], [8], [9, 10], []] == [[one.number for one in told] for told in pages]
    changes = [change for told in pages for change in told]
    assert counts == [len(change.commits) for change in changes]
    assert all(one.message.startswith(f"{change.number - 1}.") for change in changes for one in change.commits)


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
