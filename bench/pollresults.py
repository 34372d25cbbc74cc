"""What `bench.polling` measured, as it is kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import median
from typing import Any

import msgspec

from bench.pollscenes import Tally


class Round(msgspec.Struct, frozen=True):
    """
    What one turn of one side took.
    """

    side: str
    seconds: float
    cpu_own: float
    cpu_git: float

    @property
    def cpu(self) -> float:
        """
        Seconds of user and system time in all.
        """
        return self.cpu_own + self.cpu_git


class Span(msgspec.Struct, frozen=True):
    """
    The median of the rounds, and the lowest and the highest.
    """

    median: float
    lowest: float
    highest: float


class Comparison(msgspec.Struct, frozen=True):
    """
    One quantity of both sides, and how many times Headwater's the other one is, round by round.
    """

    what: str
    headwater: Span
    buildbot: Span
    ratio: Span
    rounds: list[Round]


class Results(msgspec.Struct, frozen=True, kw_only=True):
    """
    All that was measured in one run.
    """

    machine: dict[str, Any]
    database: str
    commits: int
    checks: int
    rounds: int
    pushes: list[Comparison]
    local_checks: list[Comparison]
    served_checks: list[Comparison]
    check_processes: dict[str, dict[str, int]]
    push_processes: dict[str, dict[str, int]]
    scenes: dict[str, dict[str, Tally]]
    load_before: float
    load_after: float

    def as_json(self) -> bytes:
        """
        Return it as text to be kept.
        """
        return msgspec.json.format(msgspec.json.encode(self), indent=1) + b"\n"


_QUANTITIES: dict[str, Callable[[Round], float]] = {
    "seconds": lambda turn: turn.seconds,
    "CPU seconds": lambda turn: turn.cpu,
}


def compared(turns: Sequence[Round], ours: str, theirs: str) -> list[Comparison]:
    """
    Compare the turns of two sides, of which there are as many, round by round.
    """
    made = []
    for what, quantity in _QUANTITIES.items():
        us = [quantity(turn) for turn in turns if turn.side == ours]
        them = [quantity(turn) for turn in turns if turn.side == theirs]
        ratios = [theirs_ / ours_ for ours_, theirs_ in zip(us, them, strict=True)]
        made.append(Comparison(what, _span(us), _span(them), _span(ratios), list(turns)))
    return made


def _span(values: Sequence[float]) -> Span:
    return Span(median(values), min(values), max(values))
