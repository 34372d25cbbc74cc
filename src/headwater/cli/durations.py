"""Durations as people write them: ``500ms``, ``10s``, ``5m``, ``2h``, ``90d``."""

from __future__ import annotations

import re

import click

_UNITS = {"ms": 0.001, "s": 1.0, "": 1.0, "m": 60.0, "h": 3_600.0, "d": 86_400.0}
_DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)\s*(ms|s|m|h|d|)")
_LONGEST = 36_500 * 86_400.0


def seconds_of(text: str) -> float:
    """
    Return a duration in seconds.

    >>> [seconds_of(text) for text in ("500ms", "10", "1.5m", "90d")]
    [0.5, 10.0, 90.0, 7776000.0]

    Raises:
        ValueError: it is none, or none that makes sense.
    """
    match = _DURATION.fullmatch(text.strip())
    if match is None or float(match[1]) == 0:
        raise ValueError(f"{text!r} is no duration; write it like 500ms, 10s, 5m, 2h or 90d")
    seconds = float(match[1]) * _UNITS[match[2]]
    if seconds > _LONGEST:
        raise ValueError(f"{text!r} is longer than a century")
    return seconds


def duration(seconds: float) -> str:
    """
    Return seconds as somebody would write them, in the largest unit of which they are whole.

    >>> [duration(seconds) for seconds in (0.5, 10, 90, 300, 7776000)]
    ['500ms', '10s', '90s', '5m', '90d']
    """
    for unit, length in (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)):
        if seconds >= length and seconds % length == 0:
            return f"{seconds // length:.0f}{unit}"
    return f"{seconds:g}s" if seconds > 1 else f"{seconds * 1000:g}ms"


class Seconds(click.ParamType[float]):
    """
    A duration, given with its unit, as seconds.
    """

    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """
        Return the duration in seconds.
        """
        if isinstance(value, float):
            return value
        try:
            return seconds_of(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


SECONDS = Seconds()
