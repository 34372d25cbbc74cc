"""Until when a master may act: the start of its last confirmed heartbeat, and the lease after it."""

from __future__ import annotations

from headwater.clock import Clock


class Lease:
    """
    One master's right to act, on its own clock; any thread may ask (docs/explanation/claiming.md, R8).

    Args:
        length: seconds.
        clock: also runs while the host sleeps.
    """

    def __init__(self, length: float, clock: Clock) -> None:
        self._length = length
        self._clock = clock
        self._until = float("-inf")

    @property
    def until(self) -> float:
        """
        The second of the clock after which nothing may be done.
        """
        return self._until

    def is_running(self) -> bool:
        """
        Tell whether the master may act now.
        """
        return self._clock() < self._until

    def confirm(self, began: float) -> None:
        """
        Take note that the heartbeat which began then was confirmed.

        It counts from its beginning: when the database took it is not known, only that it was not earlier.
        """
        self._until = max(self._until, began + self._length)

    def end(self) -> None:
        """
        Give the right up: this life is over.
        """
        self._until = float("-inf")
