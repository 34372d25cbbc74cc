"""What is wrong with a feed after a death, given what was pushed; every function here is pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import chain, pairwise

from msgspec import Struct

from headwater import Change
from tests.faultpoints.scene import Push, Told


class Seen(Struct):
    """
    What is in the database when the successor has polled.
    """

    feed: list[tuple[int, Told]]
    """Every change since the last look, with its number."""
    position: dict[str, str] | None
    staged: int
    """Commits that no change has."""
    violations: list[str]
    """Of what is true of every database of Headwater's."""
    polls: int = 1
    """How many the successor needed."""


class Wrong(Struct):
    """
    How many commits are not there, there again, or not where they belong; and whatever else is wrong.
    """

    lost: int = 0
    doubled: int = 0
    out_of_order: int = 0
    other: list[str] = []

    def __bool__(self) -> bool:
        return bool(self.lost or self.doubled or self.out_of_order or self.other)


def told(change: Change) -> Told:
    """
    Return of a change what was known when it was pushed.
    """
    commits = tuple(commit.oid for commit in change.commits)
    return Told(change.ref, change.before, change.after, commits, dropped=change.dropped or 0, forced=change.forced)


def judge(seen: Seen, push: Push, *, after: int) -> Wrong:
    """
    Compare what is seen with what was pushed.

    Args:
        seen: all of it.
        push: told of once, in this order.
        after: the number of the last change that was there before.
    """
    expected = list(chain.from_iterable(move.commits for move in push.moves))
    found = list(chain.from_iterable(move.commits for _, move in seen.feed))
    return Wrong(
        lost=len(set(expected) - set(found)),
        doubled=sum(times - 1 for times in Counter(found).values()),
        out_of_order=_out_of_order(found, expected),
        other=list(_other(seen, push, after)),
    )


def _out_of_order(found: Sequence[str], expected: Sequence[str]) -> int:
    places = {oid: place for place, oid in enumerate(expected)}
    first_time = [places.get(oid, -1) for oid in dict.fromkeys(found)]
    return sum(place < before for before, place in pairwise(first_time))


def _other(seen: Seen, push: Push, after: int) -> list[str]:
    numbers = [number for number, _ in seen.feed]
    wrong = list(seen.violations)
    if numbers != list(range(after + 1, after + 1 + len(numbers))):
        wrong.append(f"the feed has the numbers {numbers} after {after}")
    if [move for _, move in seen.feed] != push.moves:
        moves = [(move.ref, len(move.commits), move.dropped, move.forced) for _, move in seen.feed]
        wrong.append(f"the feed does not tell what was pushed, but {moves}")
    if seen.position != push.after:
        wrong.append("the position is not where the refs are")
    if seen.staged:
        wrong.append(f"{seen.staged} staged commits were left behind")
    return wrong
