"""Durations on the command line: ``500ms``, ``10s``, ``5m``, ``2h``."""

from __future__ import annotations

import re

import click

_UNITS = {"ms": 0.001, "s": 1.0, "": 1.0, "m": 60.0, "h": 3600.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|)")


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
        match = _DURATION.fullmatch(str(value))
        if match is None or float(match[1]) == 0:
            self.fail(f"{value!r} is no duration; write it like 500ms, 10s, 5m or 2h", param, ctx)
        return float(match[1]) * _UNITS[match[2]]


SECONDS = Seconds()
