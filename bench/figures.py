"""The rows of figures that both the terminal and the page in the documentation show."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bench.cases import BUILDBOT, DRIVER, HEADWATER, HISTORY, STORE
from bench.results import DatabaseResults, Result, Spread

HEADINGS = (
    "case",
    "in flight",
    "by",
    "sources/s",
    "Buildbot/s",
    "times Buildbot",
    "driver/s",
    "driver's time",
)

_BY = {HEADWATER: "connector", STORE: "Store", HISTORY: "own database"}

_NONE = "-"


@dataclass(frozen=True)
class Row:
    """
    One subject of one case, as it is shown.
    """

    cells: tuple[str, ...]
    ends_a_group: bool


def rows(database: DatabaseResults) -> list[Row]:
    """
    Return the figures of one database, row by row.
    """
    return [row for result in database.results for row in _rows(result)]


def _rows(result: Result) -> Iterable[Row]:
    for subject in result.subjects:
        yield Row(_cells(result, subject), ends_a_group=subject == result.subjects[-1])


def _cells(result: Result, subject: str) -> tuple[str, ...]:
    return (
        result.name if result.in_flight else f"{result.name} {_number(result.turns[0].count)}",
        str(result.in_flight or _NONE),
        _BY[subject],
        _rate(result, subject),
        _rate(result, BUILDBOT),
        _spread(result.times(subject, BUILDBOT)),
        _rate(result, DRIVER),
        _spread(_inverse(result.times(subject, DRIVER))),
    )


def _rate(result: Result, side: str) -> str:
    return _number(result.per_second[side].median) if side in result.per_second else _NONE


def _number(value: float) -> str:
    return f"{value:,.0f}"


def _spread(spread: Spread | None) -> str:
    if spread is None:
        return _NONE
    return f"{_times(spread.median)} ({_times(spread.lowest)} to {_times(spread.highest)})"


def _times(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:.0f}"  # noqa: PLR2004 - three digits say enough


def _inverse(spread: Spread | None) -> Spread | None:
    if spread is None:
        return None
    return Spread(1 / spread.median, 1 / spread.highest, 1 / spread.lowest)
