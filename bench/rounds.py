"""Play a case: so many rounds, in each of which every side takes one turn."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bench.cases import Case
from bench.orders import Turn
from bench.results import Played, Result, compared, rates
from bench.steering import Worker

_MOST_AT_ONCE = 20
"""How many times as long the next try may be, when it is found out how much fits into a turn."""


@dataclass(frozen=True)
class Rules:
    """
    How much is measured.
    """

    rounds: int
    seconds: float
    """How long a turn should last, where its length can be chosen."""


@dataclass(frozen=True)
class Rounds:
    """
    The rounds of all cases on one database.

    Args:
        workers: the processes of the sides.
        rules: how much is measured.
        tell: called after every turn.
    """

    workers: Mapping[str, Worker]
    rules: Rules
    tell: Callable[[str], None]
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def play(self, case: Case) -> Result:
        """
        Return what was measured of a case.

        The sides take their turns in one order in the first round, in the other one in the second, and so on.
        """
        counts = {side: case.count or self._count(case, side) for side in case.sides}
        turns: list[Played] = []
        for round_ in range(self.rules.rounds):
            for side in case.sides if round_ % 2 == 0 else reversed(case.sides):
                seconds = self._take(case, side, counts[side])
                turns.append(Played(round_, side, counts[side], seconds))
                self.tell(f"{case.key}: round {round_ + 1}, {side}")
        return Result(
            name=case.name,
            in_flight=case.in_flight,
            subjects=case.subjects,
            against=case.against,
            per_second=rates(turns),
            comparisons=compared(turns, case.subjects, case.against),
            turns=tuple(turns),
        )

    def _count(self, case: Case, side: str) -> int:
        """
        Find out how much a side does in the time that a turn should last; this also warms it up.
        """
        count = 8 * case.in_flight
        while True:
            seconds = self._take(case, side, count)
            self.tell(f"{case.key}: trying {side}")
            fitting = int(count * min(_MOST_AT_ONCE, self.rules.seconds / seconds))
            if fitting < 2 * count or fitting >= case.sources:
                return max(case.in_flight, min(fitting, case.sources))
            count = fitting

    def _take(self, case: Case, side: str, count: int) -> float:
        turn = Turn(
            case=case.name,
            in_flight=case.in_flight,
            count=count,
            sources=case.sources,
            holder=case.holder,
            number=next(self._numbers),
        )
        return self.workers[side].take(turn)
