"""Find out whose database it is; set up an empty one, refuse one of another shape or version."""

from __future__ import annotations

import contextlib
import enum
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect, select, text
from sqlalchemy.exc import DBAPIError

from headwater.errors import DatabaseBusyError, DatabaseUnavailableError, SchemaError
from headwater.store.dialects import Dialect, Trouble
from headwater.store.engine import shown
from headwater.store.patience import patiently
from headwater.store.session import first_line
from headwater.store.tables import BUILDBOT, metadata

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine, Inspector

VERSION_TABLE = "headwater_version"
VERSION = "0001"
"""The newest migration in `migrations/versions`."""

_SET_UP_PATIENCE = 60.0


class Kind(enum.Enum):
    """
    Whose tables are in the database.
    """

    HEADWATER = "headwater"
    BUILDBOT = "buildbot"


def ensure(engine: Engine, dialect: Dialect) -> Kind:
    """
    Return whose database it is; set it up first if it is empty.

    Ten first commands may do this at once: one sets up, the others wait for it.

    Raises:
        SchemaError: the tables are of another version, or have not the shape of Buildbot's.
        DatabaseUnavailableError: the database cannot be reached.
    """

    def is_locked(error: Exception) -> bool:
        if isinstance(error, DBAPIError) and error.orig is not None:
            return dialect.trouble(error.orig) is Trouble.LOCKED
        return isinstance(error, _SomebodyElseError)

    try:
        return patiently(lambda: _ensure(engine, dialect), is_locked=is_locked, seconds=_SET_UP_PATIENCE)
    except DBAPIError as error:
        raise DatabaseUnavailableError(shown(engine.url), first_line(error.orig or error)) from error
    except _SomebodyElseError as error:
        raise DatabaseBusyError(shown(engine.url), "somebody else has been setting it up for too long") from error


def _ensure(engine: Engine, dialect: Dialect) -> Kind:
    with engine.connect() as connection:
        kind = _kind(connection)
        if kind is None:
            with _alone(connection, dialect):
                # Somebody else may have been faster.
                kind = _kind(connection) or _set_up(connection)
    return kind


def _kind(connection: Connection) -> Kind | None:
    inspector = inspect(connection)
    if inspector.has_table(VERSION_TABLE):
        return _headwaters(connection)
    if any(inspector.has_table(table.name) for table in BUILDBOT):
        _check_shape(connection, inspector)
        return Kind.BUILDBOT
    return None


def _headwaters(connection: Connection) -> Kind | None:
    version = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()
    if version is None:
        return None
    if version != VERSION:
        age = "older" if version < VERSION else "newer"
        cure = "run `headwater upgrade`" if age == "older" else "use a newer Headwater"
        raise SchemaError(shown(connection.engine.url), f"its tables are {age} (version {version}): {cure}")
    return Kind.HEADWATER


def _check_shape(connection: Connection, inspector: Inspector) -> None:
    for table in BUILDBOT:
        there = (
            {column["name"] for column in inspector.get_columns(table.name)}
            if inspector.has_table(table.name)
            else set()
        )
        missing = {column.name for column in table.columns} - there
        if missing:
            problem = f"table {table.name} lacks {', '.join(sorted(missing))}: it is neither Headwater's nor Buildbot's"
            raise SchemaError(shown(connection.engine.url), problem)
    if connection.dialect.name in {"mysql", "mariadb"}:
        _check_engines(connection)


def _check_engines(connection: Connection) -> None:
    # MyISAM has neither transactions nor foreign keys; Buildbot makes its tables so unless told otherwise.
    found = connection.execute(
        text(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() AND engine <> 'InnoDB'"
            " AND table_name IN ('masters', 'changesources', 'changesource_masters') ORDER BY table_name"
        )
    ).scalars()
    if tables := list(found):
        cure = " ".join(f"ALTER TABLE {name} ENGINE=InnoDB;" for name in tables)
        raise SchemaError(shown(connection.engine.url), f"claims need InnoDB tables; run: {cure}")


def _set_up(connection: Connection) -> Kind:
    # Alembic costs a fifth of a second to import, and is needed once in the life of a database.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    _drop_unfinished(connection)
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    return Kind.HEADWATER


def _drop_unfinished(connection: Connection) -> None:
    """
    Clear away the empty tables that a process left which was stopped while it set up.

    Only MariaDB and MySQL can leave some: there every CREATE TABLE commits by itself, the version comes last.
    """
    inspector = inspect(connection)
    left = [table for table in reversed(metadata.sorted_tables) if inspector.has_table(table.name)]
    if any(connection.execute(select(table.c[0]).limit(1)).first() for table in left if table.name != "feed"):
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
    connection.exec_driver_sql(dialect.begin)
    try:
        yield
    except BaseException:
        connection.exec_driver_sql("ROLLBACK")
        raise
    connection.exec_driver_sql("COMMIT")
    connection.exec_driver_sql(give_back)


class _SomebodyElseError(Exception):
    """
    Another process is setting the database up.
    """
