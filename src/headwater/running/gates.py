"""When the next poll of a host may begin: so many at once, so many a second, and one at a time while it is away."""

from __future__ import annotations

from msgspec import Struct

_TRUSTED = 3
"""Failures of a host in a row after which its sources wait for it."""

_FIRST_PAUSE = 5.0
_LONGEST_PAUSE = 300.0


class Limits(Struct, frozen=True, kw_only=True):
    """
    How much a master does at once.
    """

    in_flight: int = 8
    """Short polls that run on this master, each of a few processes; with those that last, up to four times as many."""
    per_host: int = 4
    """Polls of one host that run."""
    rate: float = 10.0
    """Polls of one host that begin in a second."""

    def __post_init__(self) -> None:
        for name in ("in_flight", "per_host", "rate"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} of {getattr(self, name):g} lets nothing through: it must be more than 0")


class Gate:
    """
    What is known of one host: what is in flight, and how it answered. It has no clock: it is told the time.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._in_flight = 0
        self._failures = 0
        self._next_at = float("-inf")
        self._tries_at = float("-inf")
        self.problem = ""
        """What the newest failure was."""

    @property
    def is_shut(self) -> bool:
        """
        Whether the host is taken to be away: then one poll at a time tries whether it is back.
        """
        return self._failures >= _TRUSTED

    @property
    def tries_at(self) -> float:
        """
        When the next one tries, while it is shut.
        """
        return self._tries_at

    def opens_at(self, *, is_urgent: bool = False) -> float | None:
        """
        Return from when on the next poll may begin; None: when another has ended.

        Args:
            is_urgent: somebody waits for this one, so that it is tried at once whether the host is back.
        """
        # One failure is a warning: should they hang, one poll is held up, not all that may run.
        if self._in_flight >= (1 if self._failures else self._limits.per_host):
            return None
        return max(self._next_at, self._tries_at) if self.is_shut and not is_urgent else self._next_at

    def begin(self, now: float) -> None:
        """
        Take note that a poll begins.
        """
        self._in_flight += 1
        self._next_at = now + 1 / self._limits.rate

    def end(self) -> None:
        """
        Take note that a poll has ended, in whatever way.
        """
        self._in_flight -= 1

    def succeed(self) -> None:
        """
        Take note that the host answered as it should.
        """
        self._failures = 0
        self.problem = ""

    def fail(self, problem: str, now: float) -> None:
        """
        Take note that the host did not answer.
        """
        self._failures += 1
        self.problem = problem
        pauses = min(max(self._failures - _TRUSTED, 0), 16)
        self._tries_at = now + min(_FIRST_PAUSE * 2.0**pauses, _LONGEST_PAUSE)
