"""Commits on their way into a change: staged in slices before it, told with it, swept if it never came."""

from __future__ import annotations

from headwater import Move, Store
from headwater.values import Fence
from tests.conformance.commits import ODD, commit
from tests.conformance.holding import FIRST, MAIN, claim, claimed, record
from tests.conformance.rows import run


def test_commits_come_back_as_they_were(fresh_store: Store, fence: Fence) -> None:
    """
    Any text of any length in a commit comes back equal, and the commits in their order.
    """
    record(fresh_store, fence, 0, FIRST, ODD)
    (change,) = fresh_store.changes()

    assert ODD == list(change.commits)


def test_many_commits_are_staged_in_slices(fresh_store: Store, fence: Fence) -> None:
    """
    1,200 commits come back in their order, whether staged in one call, in several, or twice.
    """
    commits = [commit(f"Step {number}") for number in range(1200)]
    fresh_store.stage(fence, 0, 0, commits)
    for start in (800, 400, 0, 400):
        fresh_store.stage(fence, 1, start, commits[start : start + 400])
    fresh_store.record(fence, 0, FIRST, len(commits))
    fresh_store.record(fence, 1, Move(ref=MAIN, before="b", after="c"), len(commits))

    assert [commits, commits] == [list(change.commits) for change in fresh_store.changes()]


def test_staged_commits_are_nobodys_change(fresh_store: Store, fence: Fence) -> None:
    """
    What is staged shows nowhere before its move is recorded.
    """
    fresh_store.stage(fence, 7, 0, [commit("unseen")])
    record(fresh_store, fence, 8, FIRST, [commit("seen")])

    assert [["seen"]] == [[one.message for one in change.commits] for change in fresh_store.changes()]


def test_a_sweep_takes_what_earlier_holders_abandoned(fresh_store: Store, fence: Fence, database: str) -> None:
    """
    A sweep deletes stages of older claims of the source; what was recorded, or is its own, or another's, stays.
    """
    other = claimed(fresh_store)
    record(fresh_store, fence, 0, FIRST, [commit("recorded")])
    fresh_store.stage(fence, 1, 0, [commit("abandoned")])
    fresh_store.stage(other, 0, 0, [commit("of another source")])
    fresh_store.force_release([fence.source])
    successor = claim(fresh_store, fence.source, fresh_store.join("successor"))
    fresh_store.stage(successor, 0, 0, [commit("its own")])

    for _ in range(2):
        fresh_store.sweep(successor)

    assert [("its own",), ("of another source",), ("recorded",)] == run(
        database, "SELECT message FROM commits ORDER BY message"
    )
    assert 2 == fresh_store.record(successor, 0, Move(ref=MAIN, before="b", after="c"), 1)
