"""Keep a number of calls in flight, and take the time of all."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from twisted.internet.defer import Deferred, gatherResults

Call = Callable[[Any], Deferred[Any]]
"""Begins what is to be done for one item."""

IsRight = Callable[[Any], bool]
"""Tells whether an answer, a value or a Failure, is what was to be expected."""


class WrongAnswerError(Exception):
    """
    A call was answered in another way than the case foresees: what was measured is not what it says.
    """


async def fly(call: Call, items: Iterable[Any], *, in_flight: int, is_right: IsRight) -> float:
    """
    Make a call for each item, so many at a time; return the seconds that it took until all were answered.

    A call that is answered is followed by the next one at once, in the same turn of the reactor.
    """
    waiting = iter(items)
    pilots = [_Pilot(call, waiting, is_right) for _ in range(in_flight)]
    began = time.perf_counter()
    for pilot in pilots:
        pilot.go_on()
    await gatherResults([pilot.landed for pilot in pilots], consumeErrors=True)
    return time.perf_counter() - began


class _Pilot:
    """
    Makes one call after the other, until nothing waits any more.
    """

    def __init__(self, call: Call, waiting: Iterator[Any], is_right: IsRight) -> None:
        self.landed: Deferred[None] = Deferred()
        self._call = call
        self._waiting = waiting
        self._is_right = is_right

    def go_on(self) -> None:
        try:
            item = next(self._waiting)
        except StopIteration:
            self.landed.callback(None)
            return
        self._call(item).addBoth(self._answered)

    def _answered(self, answer: Any) -> None:
        if self._is_right(answer):
            self.go_on()
        else:
            self.landed.errback(WrongAnswerError(str(answer)))
