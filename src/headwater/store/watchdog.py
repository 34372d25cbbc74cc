"""Keep a deadline for drivers that have none: shut the socket of a connection that got no answer in time."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Iterator
from typing import Any

from headwater.clock import Clock, boot_seconds

_LOOK_EVERY = 0.25


class Watchdog:
    """
    One thread that looks at all watched calls four times a second.

    psycopg waits for a frozen server without end, whatever its timeouts say: they are the server's.
    Shutting the socket down from another thread ends the wait at once.

    Args:
        deadline: seconds that a call may last.
        clock: whose seconds these are.
    """

    def __init__(self, *, deadline: float, clock: Clock = boot_seconds) -> None:
        self._deadline = deadline
        self._clock = clock
        self._watched: dict[int, float] = {}
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="headwater-watchdog", daemon=True)
        self._thread.start()

    @contextlib.contextmanager
    def watching(self, fileno: int) -> Iterator[None]:
        """
        Shut the socket `fileno` down if the block lasts longer than the deadline.
        """
        with self._lock:
            self._watched[fileno] = self._clock() + self._deadline
        try:
            yield
        finally:
            with self._lock:
                self._watched.pop(fileno, None)

    def close(self) -> None:
        """
        End the thread and wait for it.
        """
        self._closing.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._closing.wait(_LOOK_EVERY):
            self._shut_the_late()

    def _shut_the_late(self) -> None:
        now = self._clock()
        # Under the lock: the owner cannot leave its block, close the socket and have the number given to another.
        with self._lock:
            for fileno in [fileno for fileno, deadline in self._watched.items() if now > deadline]:
                del self._watched[fileno]
                _shut(fileno)


def watched(connection: Any, watchdog: Watchdog | None) -> contextlib.AbstractContextManager[None]:
    """
    Keep the deadline for what is said to a connection in the block, if there is a watchdog.
    """
    return contextlib.nullcontext() if watchdog is None else watchdog.watching(connection.fileno())


def _shut(fileno: int) -> None:
    with contextlib.suppress(OSError), socket.socket(fileno=os.dup(fileno)) as copy:
        copy.shutdown(socket.SHUT_RDWR)
