"""A reactor in the hands of a test: what threads hand over to it runs when the test says so."""

from __future__ import annotations

from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, TypeVar, cast

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorFromThreads
from twisted.python.failure import Failure

A = TypeVar("A")

SOON = 60.0


class FakeReactor:
    """
    The part of a reactor that threads know.
    """

    def __init__(self) -> None:
        self._handed_over: SimpleQueue[Callable[[], object]] = SimpleQueue()

    def callFromThread(self, function: Callable[..., object], *args: object, **named: Any) -> None:  # noqa: ANN401, N802 - Twisted's
        """
        Take what is to be called in the reactor.
        """
        self._handed_over.put(lambda: function(*args, **named))

    def answer(self, deferred: Deferred[A]) -> A | BaseException:
        """
        Run until a Deferred has fired; return the value or the error that came by it.
        """
        came: list[Any] = []
        deferred.addBoth(came.append)
        while not came:
            self._handed_over.get(timeout=SOON)()
        (answer,) = came
        return cast("BaseException", answer.value) if isinstance(answer, Failure) else cast("A", answer)

    def as_reactor(self) -> IReactorFromThreads:
        """
        Return it as Twisted's types have it.
        """
        return cast("IReactorFromThreads", self)
