"""The points of a poll at which its master can be killed."""

from __future__ import annotations

import random
from collections.abc import Collection
from typing import Literal, NamedTuple, Self

Side = Literal["before", "after"]
Cache = Literal["kept", "deleted"]

SIDES: tuple[Side, ...] = ("before", "after")
CACHES: tuple[Cache, ...] = ("kept", "deleted")


class Point(NamedTuple):
    """
    Where a master dies, and what its successor finds of its cache.
    """

    event: int
    """Its number in the poll, from 1."""
    side: Side
    cache: Cache

    def __str__(self) -> str:
        return f"{self.event}:{self.side}:{self.cache}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """
        Read what `str` wrote.
        """
        event, side, cache = text.split(":")
        if side not in SIDES or cache not in CACHES:
            raise ValueError(f"{text!r} is no point; write it like 7:before:kept")
        return cls(int(event), side, cache)


def every(events: int, sides: Collection[Side] = SIDES, caches: Collection[Cache] = CACHES) -> list[Point]:
    """
    Return all points of a poll with so many events, or those on one side of each, or with one cache.
    """
    return [Point(event, side, cache) for event, side in _places(events) if side in sides for cache in caches]


def spread(events: int, most: int, seed: int) -> list[Point]:
    """
    Return at most so many points, evenly spread from a random one on; the cache is kept and deleted in turn.
    """
    places = _places(events)
    step = max(1.0, len(places) / most)
    first = random.Random(seed).random() * step
    chosen = [places[int(first + step * number)] for number in range(min(most, len(places)))]
    return [Point(*place, CACHES[(seed + number) % 2]) for number, place in enumerate(chosen)]


def _places(events: int) -> list[tuple[int, Side]]:
    return [(event, side) for event in range(1, events + 1) for side in SIDES]
