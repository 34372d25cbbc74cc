"""Which refs a position speaks of: other ones by the settings are no change; and commits that are told again."""

from __future__ import annotations

import pytest

from headwater import ClaimLostError, Move, PositionMovedError, Store
from headwater.values import Fence
from tests.conformance.commits import commit
from tests.conformance.holding import ENDS, FIRST, MAIN, End, record

DEV, TAG = "refs/heads/dev", "refs/tags/v1"


def seen(store: Store, fence: Fence) -> tuple[dict[str, str] | None, str | None]:
    """
    Return the position of a source, and which refs it speaks of.
    """
    brief = store.brief(fence.source)
    assert brief is not None
    return None if brief.refs is None else dict(brief.refs), brief.selection


def test_other_refs_are_no_change(fresh_store: Store, fence: Fence) -> None:
    """
    Refs that are watched from now on have their place, others have none any more, and nothing is in the feed.
    """
    before = seen(fresh_store, fence)
    fresh_store.rebase(fence, selection="dev and tags", add={DEV: "d", TAG: "t"}, drop=[MAIN, "refs/heads/unseen"])

    assert ({MAIN: "a"}, None) == before
    assert ({DEV: "d", TAG: "t"}, "dev and tags") == seen(fresh_store, fence)
    assert [] == fresh_store.changes()


def test_a_ref_that_is_added_is_where_it_is_now(fresh_store: Store, fence: Fence) -> None:
    """
    A rebase that was interrupted and is made again sets the refs to where they are by now.
    """
    fresh_store.rebase(fence, selection="half", add={DEV: "d"}, drop=[])
    fresh_store.rebase(fence, selection="all", add={DEV: "e"}, drop=[])

    assert ({MAIN: "a", DEV: "e"}, "all") == seen(fresh_store, fence)


def test_a_rebase_of_many_refs(fresh_store: Store, fence: Fence) -> None:
    """
    More refs than fit into one batch come and go in one call.
    """
    first = {f"refs/heads/{number}": "a" for number in range(1200)}
    second = {f"refs/tags/{number}": "b" for number in range(1200)}
    fresh_store.rebase(fence, selection="heads", add=first, drop=[])
    fresh_store.rebase(fence, selection="tags", add=second, drop=[*first, MAIN])

    assert (second, "tags") == seen(fresh_store, fence)


def test_a_rebase_of_nothing_says_which_refs(fresh_store: Store, fence: Fence) -> None:
    """
    Where other settings come to the same refs, the position says by which it was made.
    """
    fresh_store.rebase(fence, selection="same", add={}, drop=[])

    assert ({MAIN: "a"}, "same") == seen(fresh_store, fence)


@pytest.mark.parametrize("end", ENDS)
def test_only_the_holder_rebases(fresh_store: Store, fence: Fence, database: str, end: End) -> None:
    """
    Once its claim has ended, a holder can change nothing of the position.
    """
    end(fresh_store, fence, database)

    with pytest.raises(ClaimLostError):
        fresh_store.rebase(fence, selection="mine", add={DEV: "d"}, drop=[MAIN])
    assert ({MAIN: "a"}, None) == seen(fresh_store, fence)


def test_a_change_says_what_it_leaves_out(fresh_store: Store, fence: Fence) -> None:
    """
    A change tells how many commits the ref lost, how many are not told, and that its history is lost.
    """
    fresh_store.record(fence, 0, Move(ref=MAIN, before="a", after="b", forced=True, dropped=3, history_lost=True), 0)
    fresh_store.record(fence, 1, Move(ref=DEV, before=None, after="d", left_out=2_000_000), 0)

    assert [(3, 0, True, False), (0, 2_000_000, False, False)] == [
        (change.dropped, change.left_out, change.history_lost, change.backfill) for change in fresh_store.changes()
    ]


def test_lossy_commits_say_so(fresh_store: Store, fence: Fence) -> None:
    """
    A commit in which something could not be decoded is told as such.
    """
    commits = [commit("whole"), commit("l�ssy", lossy=True)]
    record(fresh_store, fence, 0, FIRST, commits)

    assert commits == list(fresh_store.changes()[0].commits)


@pytest.mark.parametrize("before", [None, "x", "a"])
def test_commits_are_told_again(fresh_store: Store, fence: Fence, before: str | None) -> None:
    """
    A backfill is a change of the feed with commits, which says what it is, and leaves the position alone.
    """
    fresh_store.stage(fence, 0, 0, [commit("again")])
    number = fresh_store.record(fence, 0, Move(ref=MAIN, before=before, after="a"), 1, backfill=True)
    record(fresh_store, fence, 1, FIRST)

    told, moved = fresh_store.changes()
    assert (1, 2) == (number, moved.number)
    assert (before, "a", True, [commit("again")]) == (told.before, told.after, told.backfill, list(told.commits))
    assert not moved.backfill
    assert {MAIN: "b"} == fresh_store.position(fence.source)


@pytest.mark.parametrize(("ref", "after"), [(MAIN, "x"), (DEV, "a")])
def test_commits_are_told_again_where_the_ref_is(fresh_store: Store, fence: Fence, ref: str, after: str) -> None:
    """
    A backfill up to where the ref is not is refused, and uses no number.
    """
    with pytest.raises(PositionMovedError):
        fresh_store.record(fence, 0, Move(ref=ref, before=None, after=after), 0, backfill=True)

    assert 1 == record(fresh_store, fence, 1, FIRST)


def test_a_ref_that_is_gone_has_nothing_to_tell_again(fresh_store: Store, fence: Fence) -> None:
    """
    A backfill without an end, and a move that is none, are refused.
    """
    with pytest.raises(ValueError, match="there is nothing to tell of it again"):
        fresh_store.record(fence, 0, Move(ref=MAIN, before="a", after=None), 0, backfill=True)
    with pytest.raises(ValueError, match="did not move"):
        fresh_store.record(fence, 0, Move(ref=MAIN, before="a", after="a"), 0)
