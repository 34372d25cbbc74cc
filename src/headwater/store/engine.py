"""From a URL to an engine that makes connections with the right settings."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from typing import Any

from sqlalchemy import URL, Engine, ExecutionContext, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.pool import NullPool, StaticPool

from headwater.errors import DatabaseUrlError, MissingDriverError
from headwater.store.deadlines import USUAL, Deadlines
from headwater.store.dialect import Dialect
from headwater.store.dialects import BY_NAME, MariaDB
from headwater.store.watchdog import Watchdog, watched

_DRIVERS = {
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
}
_SQLITE_OPTIONS = {"timeout", "isolation_level", "detect_types", "check_same_thread", "cached_statements"}
_BUILDBOTS_OPTIONS = {"charset", "use_unicode", "storage_engine", "max_idle", "serialize_access"}
_EXTRAS = {"postgresql": "postgresql", "mysql": "mysql", "mariadb": "mysql"}


def parse(url: str) -> URL:
    """
    Read a database URL; ``postgresql://`` means psycopg 3 and ``mysql://`` PyMySQL.

    Raises:
        DatabaseUrlError: it is malformed, or names a database that Headwater does not know.
    """
    if not isinstance(url, str):
        raise TypeError(f"a database URL is a str, not {type(url).__name__}")
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        # Not the text itself: it may hold a password.
        raise DatabaseUrlError("the database URL", "is malformed; write it like sqlite:///headwater.db") from None
    if "@" in (parsed.host or ""):
        # What stands before it belongs to the password, and would be shown.
        raise DatabaseUrlError("the database URL", "is malformed; write an @ in the password as %40")
    parsed = parsed.set(drivername=_DRIVERS.get(parsed.drivername, parsed.drivername))
    if parsed.get_backend_name() not in BY_NAME:
        known = "sqlite, postgresql, mysql or mariadb"
        raise DatabaseUrlError(shown(parsed), f"is no database that Headwater knows; use {known}")
    if unknown := _unknown_options(parsed):
        cure = f"{', '.join(unknown)}; SQLite's own need uri=true beside them"
        raise DatabaseUrlError(shown(parsed), f"has an option that the driver does not take: {cure}")
    return parsed


def _unknown_options(url: URL) -> list[str]:
    # For SQLite alone: SQLAlchemy would warn, and go on without them; the drivers of servers refuse by themselves.
    is_file = url.get_backend_name() == "sqlite" and "uri" not in url.query
    return sorted(set(url.query) - _SQLITE_OPTIONS) if is_file else []


def shown(url: URL) -> str:
    """
    Return the URL as it may be shown: without its password.
    """
    return url.set(query={}).render_as_string(hide_password=True)


def url_beside(engine: Engine) -> str | None:
    """
    Return the URL with which Headwater makes connections of its own beside another program's engine.

    None for a database in memory, which has no other connections.
    """
    url = engine.url
    if is_in_memory(url):
        return None
    # What Buildbot has its driver say, Headwater says itself.
    query = {key: value for key, value in url.query.items() if key not in _BUILDBOTS_OPTIONS}
    # psycopg is told of what becomes free; where it is not installed, the program's own driver does.
    is_telling = url.get_backend_name() == "postgresql" and find_spec("psycopg") is not None
    driver = "psycopg" if is_telling else engine.dialect.driver
    return url.set(drivername=f"{url.get_backend_name()}+{driver}", query=query).render_as_string(hide_password=False)


def is_in_memory(url: URL) -> bool:
    """
    Tell whether the URL names SQLite's database without a file, which lives in one connection.
    """
    return url.get_backend_name() == "sqlite" and url.database in {None, "", ":memory:"}


def watchdog_for(url: URL, deadlines: Deadlines = USUAL) -> Watchdog | None:
    """
    Make the watchdog that a database needs whose driver keeps no deadlines; None where it does.
    """
    return Watchdog(deadline=deadlines.client) if url.get_backend_name() == "postgresql" else None


def open_engine(url: URL, watchdog: Watchdog | None = None, deadlines: Deadlines = USUAL) -> tuple[Engine, Dialect]:
    """
    Make the engine of a database; nothing is connected yet.

    Args:
        url: of the database.
        watchdog: keeps the deadline for what SQLAlchemy says to a connection, and for what is said to each new one.
        deadlines: which the driver and the server are told.

    Raises:
        MissingDriverError: the driver's package is not installed.
    """
    dialect = BY_NAME[url.get_backend_name()](deadlines=deadlines)
    try:
        engine = create_engine(
            url,
            poolclass=StaticPool if is_in_memory(url) else NullPool,
            isolation_level="AUTOCOMMIT",
            connect_args={**dialect.connect, **dialect.waits},
            **dialect.engine,
        )
    except (ImportError, NoSuchModuleError) as error:
        raise _missing(url) from error
    event.listen(engine, "connect", lambda connection, _record: _set_up(connection, dialect, watchdog))
    _watch(engine, watchdog)
    return engine, dialect


def refined(engine: Engine, dialect: Dialect) -> Dialect:
    """
    Return the dialect of the server that has answered: MySQL cannot do all that MariaDB can.
    """
    is_mysql = isinstance(dialect, MariaDB) and not getattr(engine.dialect, "is_mariadb", False)
    return replace(dialect, returning=False) if is_mysql else dialect


def _missing(url: URL) -> MissingDriverError:
    backend = url.get_backend_name()
    driver = url.drivername.partition("+")[2]
    cure = f"pip install 'headwater[{_EXTRAS[backend]}]'" if backend in _EXTRAS else "it comes with Python"
    if url.drivername != _DRIVERS.get(backend):
        cure = f"install it, or write {backend}:// for Headwater's own choice ({cure})"
    return MissingDriverError(shown(url), f"needs the driver {driver}: {cure}")


def _watch(engine: Engine, watchdog: Watchdog | None) -> None:
    def execute(cursor: Any, statement: str, parameters: Any, context: ExecutionContext | None) -> bool:
        deadline = None if context is None else context.execution_options.get("deadline")
        with watched(cursor.connection, watchdog, deadline):
            cursor.execute(statement, parameters)
        return True

    # Not only ours: on the first connection of an engine, SQLAlchemy asks the server who it is.
    if watchdog is not None:
        event.listen(engine, "do_execute", execute)


def _set_up(connection: Any, dialect: Dialect, watchdog: Watchdog | None) -> None:
    # The driver was told whole seconds.
    dialect.wait_at_most(connection, dialect.deadlines.client)
    # SQLAlchemy sets autocommit only when it hands a connection out: say it here for these statements.
    with watched(connection, watchdog):
        cursor = connection.cursor()
        try:
            for statement in _settings(connection, dialect):
                cursor.execute(statement)
        finally:
            cursor.close()
        if hasattr(connection, "commit"):
            connection.commit()


def _settings(connection: Any, dialect: Dialect) -> list[str]:
    statements = list(dialect.session)
    if isinstance(dialect, MariaDB) and "mariadb" in str(connection.get_server_info()).lower():
        statements.append(dialect.mariadb_only)
    return [dialect.deadlines.filled(statement) for statement in statements]
