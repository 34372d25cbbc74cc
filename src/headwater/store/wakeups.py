"""Be told at once when something became free, by a database that can tell (PostgreSQL's LISTEN and NOTIFY)."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import Any, Protocol

from sqlalchemy import Engine

from headwater.store.watchdog import Watchdog, watched


class Listener(Protocol):
    """
    Something that listens until it is closed.
    """

    def close(self) -> None:
        """
        Stop listening, and wait until it has stopped.
        """


class PostgresListener:
    """
    A connection and a thread that wait for notifications; they come back after the server was away.

    Nothing depends on it: who is not told looks a little later. It is told of its own doings, too.

    Args:
        engine: makes the connection.
        wake: called on the thread for each notification; must return at once.
        watchdog: ends what gets no answer, or else `close` would wait for a silent server without end.
    """

    def __init__(self, engine: Engine, wake: Callable[[], object], watchdog: Watchdog | None) -> None:
        self._engine = engine
        self._wake = wake
        self._watchdog = watchdog
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="headwater-listener", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """
        Stop listening, and wait until it has stopped.
        """
        self._closing.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._closing.is_set():
            # Whatever goes wrong here, the masters poll.
            with contextlib.suppress(Exception):
                self._listen()
            self._closing.wait(1)

    def _listen(self) -> None:
        pooled = self._engine.raw_connection()
        try:
            connection: Any = pooled.driver_connection
            with watched(connection, self._watchdog):
                connection.execute("LISTEN headwater")
            # Whatever happened while nobody listened.
            self._wake()
            while not self._closing.is_set():
                for _ in connection.notifies(timeout=0.5, stop_after=1):
                    self._wake()
        finally:
            pooled.invalidate()


def listen(engine: Engine, wake: Callable[[], object], watchdog: Watchdog | None) -> Listener | None:
    """
    Call `wake` whenever something became free; None if this database or its driver cannot tell.
    """
    return PostgresListener(engine, wake, watchdog) if engine.dialect.driver == "psycopg" else None
