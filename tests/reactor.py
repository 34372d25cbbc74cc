"""The one real Twisted reactor of a test process, in a thread beside the tests."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

from twisted.internet import reactor as the_reactor
from twisted.internet import threads
from twisted.internet.defer import Deferred

A = TypeVar("A")
P = ParamSpec("P")

# Importing it has installed it; the module is the reactor.
_REACTOR = cast("Any", the_reactor)


class ReactorThread:
    """
    Runs the reactor until `stop`. A process can do that once.
    """

    def __init__(self) -> None:
        self._thread = threading.Thread(
            target=_REACTOR.run, kwargs={"installSignalHandlers": False}, name="reactor", daemon=True
        )
        self._thread.start()

    def wait_for(self, call: Callable[P, Deferred[A]], *args: P.args, **named: P.kwargs) -> A:
        """
        Make a call in the reactor; return what comes by its Deferred, or raise it.
        """
        return cast("A", threads.blockingCallFromThread(_REACTOR, cast("Callable[P, Any]", call), *args, **named))

    def stop(self) -> None:
        """
        Stop the reactor and wait for its thread.
        """
        _REACTOR.callFromThread(_REACTOR.stop)
        self._thread.join()
