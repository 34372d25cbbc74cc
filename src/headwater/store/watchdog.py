"""Keep a deadline for drivers that have none: shut the socket of a connection that got no answer in time."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Iterator
from typing import Any, Self

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
    def watching(self, fileno: int, deadline: float | None = None) -> Iterator[None]:
        """
        Shut the socket `fileno` down if the block lasts longer than the deadline; the error that follows says why.

        Args:
            fileno: of the connection that the block waits for.
            deadline: another one than the usual.
        """
        seconds = self._deadline if deadline is None else deadline
        with self._lock:
            self._watched[fileno] = self._clock() + seconds
        try:
            yield
        except Exception as error:
            if not self._is_watching(fileno):
                # The driver only sees that its socket was shut, and would blame the server for it.
                raise type(error)(f"no answer within {seconds:g} s") from error
            raise
        finally:
            with self._lock:
                self._watched.pop(fileno, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """
        End the thread and wait for it.
        """
        self._closing.set()
        self._thread.join()

    def _is_watching(self, fileno: int) -> bool:
        with self._lock:
            return fileno in self._watched

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


def watched(
    connection: Any, watchdog: Watchdog | None, deadline: float | None = None
) -> contextlib.AbstractContextManager[None]:
    """
    Keep the deadline for what is said to a connection in the block, if there is a watchdog.
    """
    return contextlib.nullcontext() if watchdog is None else watchdog.watching(connection.fileno(), deadline)


def _shut(fileno: int) -> None:
    with contextlib.suppress(OSError), socket.socket(fileno=os.dup(fileno)) as copy:
        copy.shutdown(socket.SHUT_RDWR)
