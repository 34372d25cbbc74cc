"""Which points are tried, and what is found wrong with a feed."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.faultpoints.checker import Seen, Wrong, judge
from tests.faultpoints.points import Point, every, spread
from tests.faultpoints.scene import Push, Told

PUSH = Push({"a": "1"}, [Told("a", "1", "3", ("2", "3")), Told("b", None, "5", ("4", "5"))])

FINE = Seen(list(enumerate(PUSH.moves, start=8)), PUSH.after, 0, [])


def test_every_point_is_there() -> None:
    """
    Each event has a point before it and one after it, and each of them a kept and a deleted cache.
    """
    points = every(98)

    assert 98 * 2 * 2 == len(set(points)) == len(points)
    assert points == [Point.parse(str(point)) for point in points]
    assert [point for point in points if point.side == "after"] == every(98, ["after"])
    assert [point for point in points if point.cache == "kept"] == every(98, caches=["kept"])


@pytest.mark.parametrize("seed", range(20))
def test_a_sample_is_spread_evenly(seed: int) -> None:
    """
    No two neighbours of a sample are further apart than its size asks for, and both caches are in it.
    """
    places = [2 * point.event + (point.side == "after") for point in spread(98, 30, seed)]

    assert 30 == len(places)
    assert {6, 7} >= {late - early for early, late in pairwise(places)}
    assert {"kept", "deleted"} == {point.cache for point in spread(98, 30, seed)}


def test_a_sample_of_more_than_all_is_all() -> None:
    """
    Who asks for more points than there are gets each place once.
    """
    assert 98 * 2 == len({point[:2] for point in spread(98, 500, 3)})


def test_nothing_is_wrong_with_a_feed_that_tells_what_was_pushed() -> None:
    """
    Every move once, in order, numbers without a gap, the position where the refs are: all is well.
    """
    assert Wrong() == judge(FINE, PUSH, after=7)
    assert not Wrong()


@pytest.mark.parametrize(
    ("feed", "found"),
    [
        (PUSH.moves[:1], (2, 0, 0)),
        ([*PUSH.moves, PUSH.moves[1]], (0, 2, 0)),
        (PUSH.moves[::-1], (0, 0, 1)),
        ([Told("a", "1", "3", ("3", "2")), PUSH.moves[1]], (0, 0, 1)),
        ([], (4, 0, 0)),
    ],
)
def test_a_wrong_feed_is_found(feed: list[Told], found: tuple[int, int, int]) -> None:
    """
    What is missing, there again, or in another order is counted.
    """
    wrong = judge(Seen(list(enumerate(feed, start=8)), PUSH.after, 0, []), PUSH, after=7)

    assert found == (wrong.lost, wrong.doubled, wrong.out_of_order)
    assert ["the feed does not tell"] == [said[:22] for said in wrong.other]


@pytest.mark.parametrize(
    "seen",
    [
        Seen(FINE.feed, PUSH.before, 0, []),
        Seen(FINE.feed, None, 0, []),
        Seen(FINE.feed, PUSH.after, 3, []),
        Seen(FINE.feed, PUSH.after, 0, ["open history without a claim"]),
        Seen(list(enumerate(PUSH.moves, start=9)), PUSH.after, 0, []),
        Seen([(8, PUSH.moves[0]), (10, PUSH.moves[1])], PUSH.after, 0, []),
    ],
)
def test_what_is_wrong_beside_the_commits_is_found(seen: Seen) -> None:
    """
    A position elsewhere, commits that nobody sweeps, a claim without history, a gap in the numbers: each is told.
    """
    wrong = judge(seen, PUSH, after=7)

    assert (0, 0, 0, 1) == (wrong.lost, wrong.doubled, wrong.out_of_order, len(wrong.other))
