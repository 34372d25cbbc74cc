"""Carry out requests on another program's engine, in the thread that asks: on Buildbot's, inside Buildbot."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Engine

from headwater.errors import StoreClosedError
from headwater.store.dialect import Dialect
from headwater.store.dialects import BY_NAME
from headwater.store.engine import refined, shown, watchdog_for
from headwater.store.history import History, NoHistory, Recorder, Telling
from headwater.store.performer import Performer
from headwater.store.requests import Limits, Request
from headwater.store.schema import Kind, kind_of
from headwater.store.session import Session

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from sqlalchemy.pool import PoolProxiedConnection

    from headwater.store.watchdog import Watchdog

A = TypeVar("A")


class Guest:
    """
    A user of somebody else's engine: connections are borrowed, and given back as they were.

    No threads and no lanes: each request is carried out where it is asked, on a connection of its own.
    """

    def __init__(self, engine: Engine) -> None:
        """
        Make the guest; nothing is connected before `look`.

        Args:
            engine: with its pool, whatever its settings.
        """
        self._engine = engine
        self._dialect: Dialect = BY_NAME[engine.dialect.name]()
        self._watchdog: Watchdog | None = None
        self._recorder: Recorder = NoHistory()
        self._limits: Limits | None = None
        self._closing = threading.Event()

    def look(self) -> None:
        """
        Find out whose tables these are; to be called first.

        Raises:
            SchemaError: they have not the shape of Buildbot's, or no transactions.
        """
        with self._engine.connect() as connection:
            kind = kind_of(connection) or Kind.BUILDBOT
        self._dialect = refined(self._engine, self._dialect)
        self._recorder = History() if kind is Kind.HEADWATER else Telling()
        self._watchdog = watchdog_for(self._engine.url)
        self._limits = Limits(name_bytes=self._dialect.name_bytes, kind=kind, shown=shown(self._engine.url))

    def answer(self, build: Callable[[Limits], Request[A]]) -> A:
        """
        Make a request, given what the database can take, carry it out, and return its answer.

        Raises:
            StoreClosedError: before `look`, or after `close`.
            HeadwaterError: what the request fails with.
        """
        if self._limits is None or self._closing.is_set():
            raise StoreClosedError
        request = build(self._limits)
        if request.verb is None:
            return request.merge([])
        session = _Borrowed(self._engine, self._dialect, self._recorder, self._watchdog)
        perform = Performer(
            session,
            database=self._limits.shown,
            closing=self._closing,
            patience=self._dialect.deadlines.patience,
        )
        try:
            answers = [perform(request.verb, [part.arguments])[0] for part in request.parts]
        finally:
            session.close()
        for answer in answers:
            if isinstance(answer, BaseException):
                raise answer
        return request.merge(answers)

    def close(self) -> None:
        """
        Try nothing again any more, and refuse what is asked from now on.
        """
        self._closing.set()
        if self._watchdog is not None:
            self._watchdog.close()


class _Borrowed(Session):
    """
    A session on a connection of another program's pool: its settings are made, and undone before it is given back.
    """

    _lender: Connection | None = None

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        for setting in self.dialect.before_guests_transaction:
            self._run(setting)
        with super().transaction():
            yield

    def close(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(Exception):
                self._set(self.dialect.guest_leaves)
        self._connection = None
        if self._lender is not None:
            lender, self._lender = self._lender, None
            with contextlib.suppress(Exception):
                lender.close()

    def _connected(self) -> PoolProxiedConnection:
        if self._connection is None:
            self._lender = self._engine.connect()
            try:
                self._lender = self._lender.execution_options(isolation_level="AUTOCOMMIT")
                self._connection = self._lender.connection
                self._set(self.dialect.guest)
            except BaseException:
                self._drop()
                raise
        return self._connection

    def _set(self, settings: Any) -> None:
        for setting in settings:
            self._once(setting, None)

    def _drop(self) -> None:
        self._connection = None
        if self._lender is not None:
            lender, self._lender = self._lender, None
            with contextlib.suppress(Exception):
                lender.invalidate()
                lender.close()
            # Whatever ended this connection has most likely ended all that wait in the pool, and each would fail once
            # for its next user.
            with contextlib.suppress(Exception):
                self._engine.dispose()
