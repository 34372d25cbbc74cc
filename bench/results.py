"""What came of a run: kept as JSON, and the figures that are drawn from it."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Any

from msgspec import Struct


class Played(Struct, frozen=True):
    """
    One turn of one side.
    """

    round: int
    side: str
    count: int
    seconds: float

    @property
    def per_second(self) -> float:
        """
        How many it did in a second.
        """
        return self.count / self.seconds


class Spread(Struct, frozen=True):
    """
    Several measurements of one thing.
    """

    median: float
    lowest: float
    highest: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """
        Return the middle and the ends of some values.

        >>> Spread.of([3.0, 1.0, 2.0])
        Spread(median=2.0, lowest=1.0, highest=3.0)
        """
        return cls(median(values), min(values), max(values))


class Comparison(Struct, frozen=True):
    """
    How many times as fast one side was as another, pair by pair: each pair is of one round.
    """

    side: str
    than: str
    times: Spread


class Result(Struct, frozen=True):
    """
    What was measured of one case.
    """

    name: str
    in_flight: int
    subjects: tuple[str, ...]
    against: tuple[str, ...]
    per_second: dict[str, Spread]
    comparisons: tuple[Comparison, ...]
    turns: tuple[Played, ...]

    def times(self, side: str, than: str) -> Spread | None:
        """
        Return how many times as fast a side was as another; None if they were not compared.
        """
        found = (found.times for found in self.comparisons if (found.side, found.than) == (side, than))
        return next(found, None)


class DatabaseResults(Struct, frozen=True):
    """
    What was measured on one kind of database.
    """

    kind: str
    version: str
    settings: dict[str, str]
    """The same for all sides."""
    software: dict[str, dict[str, str]]
    """The packages of each side."""
    load_before: float
    load_after: float
    results: tuple[Result, ...]


class Report(Struct, frozen=True):
    """
    One run.
    """

    measured_at: str
    rounds: int
    quick: bool
    machine: dict[str, Any]
    databases: tuple[DatabaseResults, ...]


def compared(turns: Sequence[Played], subjects: Sequence[str], against: Sequence[str]) -> tuple[Comparison, ...]:
    """
    Compare each subject with each of the others, round by round.

    >>> turns = [Played(0, "a", 10, 1.0), Played(0, "b", 5, 1.0), Played(1, "a", 9, 1.0), Played(1, "b", 3, 1.0)]
    >>> compared(turns, ["a"], ["b"])[0].times
    Spread(median=2.5, lowest=2.0, highest=3.0)
    """
    return tuple(Comparison(side, than, Spread.of(_ratios(turns, side, than))) for side in subjects for than in against)


def rates(turns: Sequence[Played]) -> dict[str, Spread]:
    """
    Return how many each side did in a second.
    """
    sides = dict.fromkeys(turn.side for turn in turns)
    return {side: Spread.of([turn.per_second for turn in turns if turn.side == side]) for side in sides}


def _ratios(turns: Sequence[Played], side: str, than: str) -> list[float]:
    by_round: dict[int, dict[str, float]] = {}
    for turn in turns:
        by_round.setdefault(turn.round, {})[turn.side] = turn.per_second
    return [rate[side] / rate[than] for rate in by_round.values()]
