"""One answer that many wait for."""

from __future__ import annotations

from typing import Generic, TypeVar

from twisted.internet.defer import Deferred, succeed

A = TypeVar("A")


class Answer(Generic[A]):
    """
    An answer that comes once; each who waits for it has a Deferred of its own.
    """

    def __init__(self) -> None:
        self._waiting: list[Deferred[A]] = []
        self._given: list[A] = []

    def wait(self) -> Deferred[A]:
        """
        Return what fires with the answer, at once if it is there.
        """
        if self._given:
            return succeed(self._given[0])
        waiting: Deferred[A] = Deferred()
        self._waiting.append(waiting)
        return waiting

    def give(self, answer: A) -> None:
        """
        Give the answer to all that wait for it, or will; a second one counts no more.
        """
        if self._given:
            return
        self._given.append(answer)
        for waiting in self._waiting:
            waiting.callback(answer)
