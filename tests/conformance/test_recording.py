"""Positions and changes: what a holder records under its claim, and what everybody reads in the feed."""

from __future__ import annotations

import pytest

from headwater import Change, ClaimLostError, DatabaseError, Move, NotWatchedError, PositionMovedError, Settings, Store
from headwater.values import Fence
from tests.conformance.commits import commit
from tests.conformance.holding import ENDS, FIRST, MAIN, End, claim, claimed, record


def recorded(store: Store) -> list[tuple[int, str, str | None, str | None]]:
    """
    Return what is in the feed, without commits.
    """
    return [(change.number, change.ref, change.before, change.after) for change in store.changes()]


def test_a_source_has_no_position_before_the_first_look(fresh_store: Store) -> None:
    """
    The position is None until a baseline is set; then it is the baseline, an empty one too.
    """
    nothing, some = claimed(fresh_store), claimed(fresh_store)
    before = [
        fresh_store.position(nothing.source),
        fresh_store.position(some.source),
        fresh_store.position(2**31),
        fresh_store.position(0),
    ]
    fresh_store.baseline(nothing, {})
    fresh_store.baseline(some, {MAIN: "a", "refs/heads/dev": "b"})

    assert [None] * 4 == before
    assert {} == fresh_store.position(nothing.source)
    assert {MAIN: "a", "refs/heads/dev": "b"} == fresh_store.position(some.source)


def test_a_first_look_is_no_change(fresh_store: Store) -> None:
    """
    A baseline of any size makes no change, and refs that differ only in case or are very long stay apart.
    """
    refs = {f"refs/heads/{number}": f"{number:040}" for number in range(1200)}
    refs |= {"refs/heads/Dev": "a", "refs/heads/dev": "b", "refs/heads/déV": "c", "refs/heads/" + "x" * 70_000: "d"}
    fence = claimed(fresh_store)
    fresh_store.baseline(fence, refs)

    assert (refs, []) == (fresh_store.position(fence.source), fresh_store.changes())


def test_a_source_without_settings_has_no_position(fresh_store: Store) -> None:
    """
    The first look at what has a name only is refused, however large it was, and not taken and forgotten.
    """
    (source,) = fresh_store.register(["a name"]).values()
    fence = claim(fresh_store, source, fresh_store.join("ci"))
    refs = {f"refs/heads/{number}": "a" for number in range(1200)}

    for seen in ({}, refs):
        with pytest.raises(NotWatchedError, match=f"change source {source} has no settings, and so no position"):
            fresh_store.baseline(fence, seen)
    fresh_store.configure(source, Settings(kind="git", url="https://example.com/api.git"))
    assert fresh_store.position(source) is None
    fresh_store.baseline(fence, {MAIN: "a"})

    assert {MAIN: "a"} == fresh_store.position(source)


def test_a_change_is_told_as_it_was_recorded(fresh_store: Store, fence: Fence) -> None:
    """
    The feed names source and ref of a move, from where to where it went, whether by force, and its commits.
    """
    commits = (commit("one"), commit("two"))
    before = fresh_store.master(fence.master)
    record(fresh_store, fence, 0, Move(ref=MAIN, before="a", after="b", forced=True), commits)
    (change,) = fresh_store.changes()
    source = fresh_store.source(fence.source)

    assert before is not None
    assert source is not None
    assert abs(change.recorded_at // 1000 - before.last_active) < 60
    expected = Change(
        number=1,
        source=fence.source,
        source_name=source.name,
        ref=MAIN,
        before="a",
        after="b",
        forced=True,
        recorded_at=change.recorded_at,
        commit_count=2,
        commits=commits,
    )
    assert expected == change


def test_numbers_have_no_gaps(fresh_store: Store, fence: Fence) -> None:
    """
    Changes of all sources are numbered 1, 2, 3 … in the order in which they were recorded, refused ones aside.
    """
    second = claimed(fresh_store)
    fresh_store.baseline(second, {MAIN: "x"})
    path = ["a", "b", "c", "d"]

    numbers = []
    for step in range(3):
        moved = Move(ref=MAIN, before=path[step], after=path[step + 1])
        numbers.append(record(fresh_store, fence, step, moved))
        with pytest.raises(PositionMovedError):
            record(fresh_store, second, 2 * step, moved)
        numbers.append(
            record(fresh_store, second, 2 * step + 1, Move(ref=f"refs/heads/{step}", before=None, after="n"))
        )

    assert [1, 2, 3, 4, 5, 6] == numbers == [change.number for change in fresh_store.changes()]
    assert [3, 4] == [change.number for change in fresh_store.changes(after=2, most=2)]
    assert [] == fresh_store.changes(after=6)


def test_refs_come_move_and_go(fresh_store: Store, fence: Fence) -> None:
    """
    A new ref enters the position, a moved one moves there, a deleted one leaves it; each is a change.
    """
    dev = "refs/heads/dev"
    moves = [
        Move(ref=dev, before=None, after="d"),
        Move(ref=dev, before="d", after="e"),
        Move(ref=MAIN, before="a", after="b"),
        Move(ref=dev, before="e", after=None),
        Move(ref=dev, before=None, after="d"),
    ]

    for number, moved in enumerate(moves):
        record(fresh_store, fence, number, moved)

    assert [(n, m.ref, m.before, m.after) for n, m in enumerate(moves, start=1)] == recorded(fresh_store)
    assert {MAIN: "b", dev: "d"} == fresh_store.position(fence.source)


def test_a_move_must_begin_at_the_position(fresh_store: Store, fence: Fence) -> None:
    """
    A move from where the ref is not is refused with its ref; neither change nor position nor number is used.
    """
    dev, capital = "refs/heads/dev", "refs/heads/MAIN"
    wrong = [
        (MAIN, "x", "b"),
        (MAIN, None, "b"),
        (MAIN, "x", None),
        (dev, "a", "b"),
        (dev, "a", None),
        (capital, "a", "b"),
    ]
    for number, (ref, before, after) in enumerate(wrong):
        with pytest.raises(PositionMovedError) as refused:
            record(fresh_store, fence, number, Move(ref=ref, before=before, after=after), [commit()])

        assert (fence.source, ref) == (refused.value.changesourceid, refused.value.ref)
    assert ({MAIN: "a"}, []) == (fresh_store.position(fence.source), fresh_store.changes())
    assert 1 == record(fresh_store, fence, len(wrong), FIRST)


def test_recording_the_same_move_again_does_not_double_it(fresh_store: Store, fence: Fence) -> None:
    """
    A move that was recorded is not recorded again under its number, not even after the ref went back.
    """
    record(fresh_store, fence, 0, FIRST, [commit()])
    with pytest.raises(PositionMovedError):
        record(fresh_store, fence, 0, FIRST, [commit()])
    record(fresh_store, fence, 1, Move(ref=MAIN, before="b", after="a", forced=True))
    with pytest.raises(DatabaseError):
        record(fresh_store, fence, 0, FIRST, [commit()])

    assert [(1, MAIN, "a", "b"), (2, MAIN, "b", "a")] == recorded(fresh_store)
    assert [1, 0] == [len(change.commits) for change in fresh_store.changes()]
    assert {MAIN: "a"} == fresh_store.position(fence.source)


@pytest.mark.parametrize("end", ENDS)
def test_nothing_is_recorded_after_the_claim(fresh_store: Store, fence: Fence, database: str, end: End) -> None:
    """
    Once a claim has ended, in whatever way, its token records nothing more, and the error names it.
    """
    fresh_store.stage(fence, 0, 0, [commit()])
    end(fresh_store, fence, database)

    with pytest.raises(ClaimLostError) as lost:
        fresh_store.record(fence, 0, FIRST, 1)
    with pytest.raises(ClaimLostError):
        fresh_store.baseline(fence, {MAIN: "z"})
    assert (fence.source, fence.master, fence.token) == (
        lost.value.changesourceid,
        lost.value.masterid,
        lost.value.token,
    )
    assert ({MAIN: "a"}, []) == (fresh_store.position(fence.source), fresh_store.changes())


def test_only_the_holder_records(fresh_store: Store, fence: Fence) -> None:
    """
    Another master, another token, another name or another source is not the claim: nothing is recorded.
    """
    other = claimed(fresh_store)
    for wrong in (
        Fence(source=fence.source, master=other.master, token=fence.token),
        Fence(source=fence.source, master=fence.master, token=other.token),
        Fence(source=fence.source, master=fence.master, token=fence.token + 10),
        Fence(source=fence.source, master=fence.master, token=fence.token, name="another life"),
        Fence(source=2**31 - 1, master=fence.master, token=fence.token),
    ):
        with pytest.raises(ClaimLostError):
            fresh_store.record(wrong, 0, FIRST, 0)

    assert ({MAIN: "a"}, []) == (fresh_store.position(fence.source), fresh_store.changes())
    assert 1 == fresh_store.record(Fence(source=fence.source, master=fence.master, token=fence.token), 0, FIRST, 0)
