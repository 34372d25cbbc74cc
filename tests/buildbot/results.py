"""What trials show, how it is told, and what must come of them."""

from __future__ import annotations

import re
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence

Result = str | Mapping[str, Sequence[float]]
"""A sentence, or seconds by what they were measured of."""

Judge = Callable[[Sequence[Result]], bool]
"""Tells whether the results of all runs are as they must be."""


def says(pattern: str) -> Judge:
    """
    Each run says this.
    """
    return lambda shown: all(isinstance(one, str) and re.search(pattern, one) is not None for one in shown)


def within(most: float) -> Judge:
    """
    Nothing lasts for longer than so many seconds.
    """
    return lambda shown: all(second <= most for seconds in gathered(shown).values() for second in seconds)


def without_delay(shown: Sequence[Result]) -> bool:
    """
    Starts with the line are, by their median, no slower than the slowest one without it.
    """
    seconds = gathered(shown)
    return statistics.median(seconds["with"]) <= max(seconds["without"])


def gathered(shown: Sequence[Result | None]) -> dict[str, list[float]]:
    """
    Return the seconds of all runs.
    """
    found: dict[str, list[float]] = {}
    for result in shown:
        for what, seconds in result.items() if isinstance(result, Mapping) else ():
            found.setdefault(what, []).extend(seconds)
    return found


def said(result: Result) -> str:
    """
    Tell what one run has shown.
    """
    if isinstance(result, str):
        return result
    return ", ".join(f"{what} {' '.join(f'{one:.2f}' for one in seconds)} s" for what, seconds in result.items())


def summary(shown: Sequence[Result | None]) -> Iterator[str]:
    """
    Tell medians and ranges of what was measured, and by how much two medians differ.
    """
    seconds = gathered(shown)
    for what, those in seconds.items():
        span = f"{min(those):.2f} to {max(those):.2f} s"
        yield f"{what}: median {statistics.median(those):.2f} s, {span}, n = {len(those)}"
    if len(seconds) == 2:
        (one, first), (other, second) = seconds.items()
        difference = statistics.median(first) - statistics.median(second)
        yield f"{one} minus {other}: {difference:+.2f} s"
