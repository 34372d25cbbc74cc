"""Time that stands still until a test moves it."""

from __future__ import annotations

import threading


class FakeClock:
    """
    A clock: call it for its seconds.
    """

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """
        Return the time, which is as the test left it.
        """
        return self.now

    def advance(self, seconds: float) -> None:
        """
        Let this time pass.
        """
        self.now += seconds


class FakeClosing(threading.Event):
    """
    An event on which waiting takes the time of a clock, and none of the test's.
    """

    def __init__(self, clock: FakeClock) -> None:
        super().__init__()
        self._clock = clock
        self.waited: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        """
        Let the clock pass the timeout at once.
        """
        if not self.is_set():
            self.waited.append(timeout or 0.0)
            self._clock.advance(timeout or 0.0)
        return self.is_set()
