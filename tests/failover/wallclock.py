"""A wall clock that a test sets, in place of the one that a worker reads."""

from __future__ import annotations

import time
from pathlib import Path


class Time:
    """
    Stands in for `time` where Headwater reads clocks: the wall's is wrong by what a file says, the others are right.

    Args:
        offset: a file with seconds; as long as it is not there, the wall clock is right.
    """

    def __init__(self, offset: Path) -> None:
        self._offset = offset

    def clock_gettime(self, clock_id: int) -> float:
        """
        Return what the system says.
        """
        return time.clock_gettime(clock_id)

    def monotonic(self) -> float:
        """
        Return what the system says.
        """
        return time.monotonic()

    def time(self) -> float:
        """
        Return the wall clock.
        """
        return time.time() + self._wrong_by()

    def time_ns(self) -> int:
        """
        Return the wall clock in nanoseconds.
        """
        return time.time_ns() + int(self._wrong_by() * 1e9)

    def _wrong_by(self) -> float:
        return float(self._offset.read_text()) if self._offset.exists() else 0.0


def jump(offset: Path, seconds: float) -> None:
    """
    Set a wall clock that is read by way of this file.
    """
    new = offset.with_suffix(".new")
    new.write_text(str(seconds))
    # At once as a whole: whoever reads it finds the old time or the new one.
    new.replace(offset)
