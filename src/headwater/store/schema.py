"""Find out whose tables are in a database, and refuse those of another shape or version."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from sqlalchemy import inspect, text

from headwater.errors import SchemaError
from headwater.store.engine import shown
from headwater.store.tables import BUILDBOT

if TYPE_CHECKING:
    from sqlalchemy import Connection, Inspector

VERSION_TABLE = "headwater_version"
VERSION = "0005"
"""The newest migration in `migrations/versions`."""


class Kind(enum.Enum):
    """
    Whose tables are in the database.
    """

    HEADWATER = "headwater"
    BUILDBOT = "buildbot"


def kind_of(connection: Connection, *, alone: bool = True) -> Kind | None:
    """
    Return whose tables are there; None if there are none, or if setting them up was not finished.

    Args:
        connection: to the database.
        alone: False if another process may be setting it up just now. An older version then counts as not
            finished, for MariaDB and MySQL show every step of it.

    Raises:
        SchemaError: the tables are of another version, or have not the shape of Buildbot's.
    """
    inspector = inspect(connection)
    # Ours is looked for last: whoever sets up makes it first, or makes all visible at once.
    has_buildbots = any(inspector.has_table(table.name) for table in BUILDBOT)
    if inspector.has_table(VERSION_TABLE):
        return _headwaters(connection, version_of(connection), alone=alone)
    if has_buildbots:
        _check_shape(connection, inspector)
        return Kind.BUILDBOT
    return None


def version_of(connection: Connection) -> str | None:
    """
    Return the version of Headwater's tables; None if setting them up was not finished.
    """
    return connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()


def _headwaters(connection: Connection, version: str | None, *, alone: bool) -> Kind | None:
    if version is None or (version < VERSION and not alone):
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
