"""The only place that reads local time: a clock that also runs while the host sleeps, and the wall's."""

from __future__ import annotations

import time
from collections.abc import Callable

Clock = Callable[[], float]
"""A clock: call it for the seconds since some moment of its own. Tests hand in their own."""

# Linux: CLOCK_MONOTONIC stands still during suspend, and a lease must not. Elsewhere suspend is not covered.
_BOOT = getattr(time, "CLOCK_BOOTTIME", None)


def boot_seconds() -> float:
    """
    Return the seconds since this host booted, suspended time included where the system can tell.
    """
    return time.monotonic() if _BOOT is None else time.clock_gettime(_BOOT)


def wall_milliseconds() -> int:
    """
    Return this host's wall clock in milliseconds since 1970; good for showing, never for deciding.
    """
    return time.time_ns() // 1_000_000
