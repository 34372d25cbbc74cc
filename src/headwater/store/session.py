"""One connection of one lane: run statements and short transactions, and say what an error means."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import DBAPIError

from headwater.clock import boot_seconds
from headwater.store.dialect import Dialect, Trouble
from headwater.store.history import Recorder
from headwater.store.locks import who_holds_the_write_lock
from headwater.store.patience import patiently
from headwater.store.spelling import bind, spell
from headwater.store.watchdog import Watchdog, watched

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlalchemy.pool import PoolProxiedConnection

Rows = list[tuple[Any, ...]]

_spelled = cache(spell)

_PLANNED_FOR = 1.0
"""Seconds for which a plan is kept."""


class TroubleError(Exception):
    """
    A statement failed; what that means is in `trouble`. Stays inside the store.
    """

    def __init__(self, trouble: Trouble, problem: str) -> None:
        super().__init__(trouble, problem)
        self.trouble = trouble
        self.problem = problem


class Session:
    """
    One connection, used by one thread at a time, opened when it is first needed.

    A statement outside `transaction` commits by itself.
    """

    def __init__(
        self,
        engine: Engine,
        dialect: Dialect,
        recorder: Recorder,
        watchdog: Watchdog | None = None,
        *,
        only_looks_up: bool = False,
    ) -> None:
        """
        Make the session; nothing is connected yet.

        Args:
            engine: makes the connection.
            dialect: how the database is spoken to.
            recorder: told of every claim that begins or ends.
            watchdog: keeps the deadline of every statement.
            only_looks_up: every row is found by an index; nothing reads a table from end to end.
        """
        self.dialect = dialect
        self._settings = dialect.lookups if only_looks_up else ()
        self._forget_plans = dialect.forget_plans if only_looks_up else None
        self._planned_at = boot_seconds()
        self.recorder = recorder
        self.wrote = False
        """True once a commit may have happened; whoever runs a batch sets it back."""
        self.in_transaction = False
        """Whether what is written now is committed by the end of a `transaction`."""
        self._engine = engine
        self._watchdog = watchdog
        self._connection: PoolProxiedConnection | None = None

    def rows(self, template: str, /, **values: Any) -> Rows:
        """
        Run a statement and return its rows.
        """
        return self._execute(template, values)[0]

    def count(self, template: str, /, **values: Any) -> int:
        """
        Run a statement and return how many rows it found.
        """
        return self._execute(template, values)[1]

    def wake_others(self) -> None:
        """
        Have the other masters look as soon as this is committed, where the database can tell them.
        """
        if self.dialect.wake_others is not None:
            self.rows(self.dialect.wake_others)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """
        Commit what the block wrote as a whole; any error in it rolls all of it back.
        """
        self._run(self.dialect.begin)
        self.in_transaction = True
        try:
            yield
            self._run_and_commit("COMMIT")
        except BaseException:
            self._roll_back()
            raise
        finally:
            self.in_transaction = False

    def close(self) -> None:
        """
        Close the connection; the session may be used again.
        """
        if self._connection is not None:
            connection, self._connection = self._connection, None
            with contextlib.suppress(Exception):
                connection.close()

    def _execute(self, template: str, values: dict[str, Any]) -> tuple[Rows, int]:
        sql, bound = _spelled(template, self.dialect), bind(values, self.dialect)
        if self._forget_plans is not None and boot_seconds() - self._planned_at > _PLANNED_FOR:
            self._planned_at = boot_seconds()
            self._run(self._forget_plans)
        if self.in_transaction or template.lstrip().startswith("SELECT"):
            return self._run(sql, bound)
        return self._run_and_commit(sql, bound)

    def _run_and_commit(self, sql: str, values: dict[str, Any] | None = None) -> tuple[Rows, int]:
        # Until the answer is there the outcome is unknown; an answer that says "no" says that nothing happened.
        before, self.wrote = self.wrote, True
        try:
            return self._run(sql, values)
        except TroubleError as error:
            if error.trouble is not Trouble.LOST:
                self.wrote = before
            raise

    def _run(self, sql: str, values: dict[str, Any] | None = None) -> tuple[Rows, int]:
        if not self.dialect.waits_for_locks:
            return self._patiently(sql, values)
        return self._once(sql, values)

    def _patiently(self, sql: str, values: dict[str, Any] | None) -> tuple[Rows, int]:
        try:
            seconds = self.dialect.deadlines.patience
            return patiently(lambda: self._once(sql, values), is_locked=_is_locked, seconds=seconds)
        except TroubleError as error:
            if not _is_locked(error):
                raise
            holder = who_holds_the_write_lock(self._engine.url.database)
            raise TroubleError(error.trouble, error.problem + holder) from error

    def _once(self, sql: str, values: dict[str, Any] | None) -> tuple[Rows, int]:
        try:
            cursor = self._connected().cursor()
            try:
                with watched(self._connected(), self._watchdog):
                    cursor.execute(*((sql,) if values is None else (sql, values)))
                    rows = list(cursor.fetchall()) if cursor.description else []
                return rows, cursor.rowcount
            finally:
                cursor.close()
        except (DBAPIError, self._engine.dialect.loaded_dbapi.Error) as error:
            raise self._translated(error) from error

    def _connected(self) -> PoolProxiedConnection:
        if self._connection is None:
            self._connection = self._engine.raw_connection()
            for setting in self._settings:
                self._once(setting, None)
        return self._connection

    def _translated(self, error: Exception) -> TroubleError:
        # SQLAlchemy wraps what goes wrong while connecting; what follows comes from the driver as it is.
        cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
        trouble = self.dialect.trouble(cause)
        if trouble is Trouble.LOST:
            self._drop()
        return TroubleError(trouble, first_line(cause))

    def _roll_back(self) -> None:
        # A connection that cannot even roll back is thrown away, and the server rolls back for it.
        try:
            if self._connection is not None:
                self._once("ROLLBACK", None)
        except TroubleError:
            self._drop()

    def _drop(self) -> None:
        if self._connection is not None:
            connection, self._connection = self._connection, None
            with contextlib.suppress(Exception):
                connection.invalidate()


def _is_locked(error: Exception) -> bool:
    return isinstance(error, TroubleError) and error.trouble is Trouble.LOCKED


def first_line(error: BaseException) -> str:
    """
    Return what a driver's error says, without the lines that explain.
    """
    text = str(error.args[-1] if error.args else error).strip()
    return text.splitlines()[0] if text else type(error).__name__
