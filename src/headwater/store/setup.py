"""Set an empty database up, and upgrade an old one: one process at a time, however many start at once."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import inspect, select
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from headwater.errors import DatabaseBusyError, DatabaseUnavailableError, DatabaseUrlError, SchemaError
from headwater.store.deadlines import USUAL, Deadlines
from headwater.store.dialect import Dialect, Trouble
from headwater.store.engine import open_engine, shown
from headwater.store.patience import patiently
from headwater.store.schema import VERSION, VERSION_TABLE, Kind, kind_of, version_of
from headwater.store.session import first_line
from headwater.store.tables import metadata

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Engine

    from headwater.store.watchdog import Watchdog

T = TypeVar("T")

_COUNTERS = {"feed", "edits"}
"""Tables that have a row from the first on."""

_PATIENCE = 60.0
_PAUSE = 0.03
"""Seconds between two looks whether the one that sets up is done: each look costs a connection."""
_DEADLINE = 10.0
"""Seconds that a statement may last that makes or alters a table, or commits it: a slow disk is no frozen server."""

_MIGRATING = threading.Lock()
"""Alembic keeps what it works on in globals: one migration at a time in a process, whatever the database."""


def opened(
    url: URL, watchdog: Watchdog | None, run: Callable[[Engine, Dialect], T], deadlines: Deadlines = USUAL
) -> tuple[Engine, Dialect, T]:
    """
    Make the engine of a database, and do with it what comes first: `ensure` or `upgrade`.

    Raises:
        DatabaseUrlError: the URL has an option that the driver does not take.
        MissingDriverError: the driver's package is not installed.
        HeadwaterError: what `run` raises.
    """
    try:
        engine, dialect = open_engine(url, watchdog, deadlines)
        return engine, dialect, run(engine, dialect)
    except (TypeError, ValueError) as error:
        # The driver takes what stands after the question mark as arguments, and says so in Python's words.
        raise DatabaseUrlError(shown(url), f"has an option that the driver does not take: {error}") from error


def ensure(engine: Engine, dialect: Dialect) -> Kind:
    """
    Return whose database it is; set it up first if it is empty.

    Ten first commands may do this at once: one sets up, the others wait for it.

    Raises:
        SchemaError: the tables are of another version, or have not the shape of Buildbot's.
        DatabaseUnavailableError: the database cannot be reached.
    """
    return _patiently(engine, dialect, _ensure)


def upgrade(engine: Engine, dialect: Dialect) -> tuple[str | None, str]:
    """
    Bring Headwater's tables to the newest version; return the version before and after.

    Raises:
        SchemaError: the database is not Headwater's, or newer than this version.
        DatabaseUnavailableError: the database cannot be reached.
    """
    return _patiently(engine, dialect, _upgrade)


def _patiently(engine: Engine, dialect: Dialect, run: Callable[[Engine, Dialect], T]) -> T:
    def is_locked(error: Exception) -> bool:
        if isinstance(error, DBAPIError) and error.orig is not None:
            return dialect.trouble(error.orig) is Trouble.LOCKED
        return isinstance(error, _SomebodyElseError)

    try:
        return patiently(lambda: run(engine, dialect), is_locked=is_locked, seconds=_PATIENCE, pause=_PAUSE)
    except DBAPIError as error:
        raise DatabaseUnavailableError(shown(engine.url), first_line(error.orig or error)) from error
    except _SomebodyElseError as error:
        raise DatabaseBusyError(shown(engine.url), "somebody else has been setting it up for too long") from error


def _ensure(engine: Engine, dialect: Dialect) -> Kind:
    with engine.connect() as connection:
        kind = kind_of(connection, alone=False)
        if kind is None:
            with _alone(connection, dialect):
                # Somebody else may have been faster.
                kind = kind_of(connection) or _set_up(connection)
    return kind


def _upgrade(engine: Engine, dialect: Dialect) -> tuple[str | None, str]:
    with engine.connect() as connection:
        if not inspect(connection).has_table(VERSION_TABLE):
            problem = "the tables are not Headwater's: there is nothing to upgrade"
            raise SchemaError(shown(engine.url), problem)
        before = version_of(connection)
        if before is not None and before > VERSION:
            raise SchemaError(shown(engine.url), f"its tables are newer (version {before}): use a newer Headwater")
        if before != VERSION:
            with _alone(connection, dialect):
                _migrate(connection)
        return before, VERSION


def _set_up(connection: Connection) -> Kind:
    _drop_unfinished(connection)
    _migrate(connection)
    return Kind.HEADWATER


def _migrate(connection: Connection) -> None:
    # Alembic costs a fifth of a second to import, and is needed once in the life of a database.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    with _MIGRATING:
        command.upgrade(config, "head")


def _drop_unfinished(connection: Connection) -> None:
    """
    Clear away the empty tables that a process left which was stopped while it set up.

    Only MariaDB and MySQL can leave some: there every CREATE TABLE commits by itself, the version comes last.
    """
    inspector = inspect(connection)
    left = [table for table in reversed(metadata.sorted_tables) if inspector.has_table(table.name)]
    if any(connection.execute(select(table.c[0]).limit(1)).first() for table in left if table.name not in _COUNTERS):
        problem = f"table {VERSION_TABLE} is empty, and the others are not: restore a backup"
        raise SchemaError(shown(connection.engine.url), problem)
    for table in left:
        table.drop(connection)


@contextlib.contextmanager
def _alone(connection: Connection, dialect: Dialect) -> Iterator[None]:
    """
    Let one process at a time into the block, and commit what it did as a whole where the database can.
    """
    for statement in dialect.prepare_set_up:
        connection.exec_driver_sql(statement)
    take, give_back = dialect.set_up_alone or ("SELECT 1", "SELECT 1")
    if connection.exec_driver_sql(take).scalar() != 1:
        raise _SomebodyElseError
    deadline = max(_DEADLINE, dialect.deadlines.client)
    connection.execution_options(deadline=deadline)
    dialect.wait_at_most(connection.connection.driver_connection, deadline)
    connection.exec_driver_sql(dialect.begin)
    try:
        yield
    except BaseException:
        # Where the connection is gone, the server rolls back by itself.
        with contextlib.suppress(SQLAlchemyError):
            connection.exec_driver_sql("ROLLBACK")
        raise
    connection.exec_driver_sql("COMMIT")
    connection.exec_driver_sql(give_back)


class _SomebodyElseError(Exception):
    """
    Another process is setting the database up.
    """
