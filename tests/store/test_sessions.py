"""The settings of R14 are in force on every connection, whatever a server's own defaults are."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator

import pytest

from headwater import Store
from headwater.store.dialect import Trouble
from headwater.store.engine import open_engine, parse, refined
from headwater.store.history import NoHistory
from headwater.store.session import Rows, Session, TroubleError
from tests.conformance.rows import run
from tests.store.kinds import ON_MARIADB, ON_POSTGRESQL, ON_SQLITE


@pytest.fixture
def store(database: str) -> Iterator[Store]:
    """
    A store on the database, which it has set up.
    """
    with Store(database) as store:
        yield store


@pytest.fixture
def session(database: str, store: Store) -> Iterator[Session]:  # noqa: ARG001 - the store has set it up
    """
    A connection as the lanes of the store have them.
    """
    engine, dialect = open_engine(parse(database))
    session = Session(engine, refined(engine, dialect), NoHistory())
    yield session
    session.close()
    engine.dispose()


@ON_POSTGRESQL
def test_postgresql_settings(database: str, session: Session) -> None:
    """
    On PostgreSQL a lock ends before a statement, a statement before the client's patience; plans are never generic.
    """
    (name,) = run(database, "SELECT current_database()")[0]
    run(database, f"ALTER DATABASE {name} SET default_transaction_isolation = 'serializable'")
    wanted = {
        "lock_timeout": "1200",
        "statement_timeout": "1500",
        "idle_in_transaction_session_timeout": "3000",
        "tcp_user_timeout": "3000",
        "plan_cache_mode": "force_custom_plan",
        "default_transaction_isolation": "read committed",
        "application_name": "headwater",
    }

    assert wanted == dict(
        session.rows("SELECT name, setting FROM pg_settings WHERE name IN :names", names=list(wanted))
    )
    with session.transaction():
        assert [("read committed",)] == session.rows("SELECT current_setting('transaction_isolation')")


@ON_POSTGRESQL
def test_postgresql_client_settings(session: Session) -> None:
    """
    The client too gives a dead connection up: after 3 s without an acknowledgement, and after some silence.
    """
    session.rows("SELECT 1")
    with socket.socket(fileno=os.dup(session._connected().fileno())) as wire:
        options = [
            wire.getsockopt(level, option)
            for level, option in (
                (socket.SOL_SOCKET, socket.SO_KEEPALIVE),
                (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE),
                (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT),
            )
        ]

    assert [1, 5, 3000] == options


@ON_MARIADB
def test_mariadb_settings(session: Session) -> None:
    """
    On MariaDB locks, statements and idle transactions end too; times are UTC, and data is never cut to fit.
    """
    wanted = {
        "tx_isolation": "READ-COMMITTED",
        "time_zone": "+00:00",
        "innodb_lock_wait_timeout": 1,
        "max_statement_time": 1.5,
        "idle_transaction_timeout": 3,
        "foreign_key_checks": 1,
        "character_set_client": "utf8mb4",
        "autocommit": 1,
    }
    (values,) = session.rows("SELECT " + ", ".join(f"@@{name}" for name in wanted))
    (modes,) = session.rows("SELECT @@sql_mode")[0]

    assert wanted == dict(zip(wanted, values, strict=True))
    assert {"STRICT_ALL_TABLES", "NO_ENGINE_SUBSTITUTION", "ERROR_FOR_DIVISION_BY_ZERO"} == set(modes.split(","))


@ON_SQLITE
def test_sqlite_settings(session: Session) -> None:
    """
    On SQLite readers do not wait for the writer, a commit is on the disk, and links point to rows that are there.
    """
    pragmas: dict[str, Rows] = {
        "journal_mode": [("wal",)],
        "synchronous": [(2,)],
        "foreign_keys": [(1,)],
        "busy_timeout": [(0,)],
    }

    assert pragmas == {name: session.rows(f"PRAGMA {name}") for name in pragmas}


def test_the_settings_outlive_a_lost_connection(session: Session) -> None:
    """
    A connection that takes the place of a lost one has the settings too: here, that a link needs its row.
    """
    session.rows("SELECT 1")
    session._drop()
    with pytest.raises(TroubleError) as raised:
        session.count("INSERT INTO changesource_masters (changesourceid, masterid) VALUES (7, 8)")

    assert Trouble.DATA is raised.value.trouble


def test_an_error_leaves_nothing_behind(session: Session) -> None:
    """
    An error in a transaction undoes all of it, and the connection can be used again.
    """

    def link_nothing() -> None:
        with session.transaction():
            session.count("INSERT INTO changesources (name, name_hash) VALUES ('linux', 'hash')")
            session.count("INSERT INTO changesource_masters (changesourceid, masterid) VALUES (7, 8)")

    with pytest.raises(TroubleError):
        link_nothing()

    assert [(0,)] == session.rows("SELECT COUNT(*) FROM changesources")
    with session.transaction():
        session.count("INSERT INTO changesources (name, name_hash) VALUES ('linux', 'hash')")
    assert [(1,)] == session.rows("SELECT COUNT(*) FROM changesources")


def test_names_are_compared_byte_for_byte(store: Store) -> None:
    """
    Names that a collation takes for one are different sources: case, spaces at the end, accents, scripts.

    The servers' own defaults may be latin1, blind to case, and without transactions.
    """
    names = ["linux", "Linux", "linux ", "cafe", "café", "cafe\u0301", "ss", "ß", "k", "\u212a", "\N{PILE OF POO}", ""]
    ids = store.register(names)

    assert list(range(1, len(names) + 1)) == sorted(ids.values())
    assert ids == store.find(names)
    assert {id_: name for name, id_ in ids.items()} == {source.id: source.name for source in store.sources()}
