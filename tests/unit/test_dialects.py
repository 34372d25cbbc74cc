"""What the errors of the drivers mean."""

from __future__ import annotations

import sqlite3

import psycopg
import pymysql
import pytest
from psycopg import errors

from headwater.store.dialect import Dialect, Trouble
from headwater.store.dialects import MariaDB, PostgreSQL, SQLite


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        (psycopg.OperationalError("server closed the connection unexpectedly"), Trouble.LOST),
        (psycopg.InterfaceError("the connection is closed"), Trouble.LOST),
        (errors.ConnectionTimeout("connection timeout expired"), Trouble.LOST),
        (errors.AdminShutdown(), Trouble.LOST),
        (errors.CannotConnectNow(), Trouble.LOST),
        (errors.TooManyConnections(), Trouble.LOST),
        (errors.ConnectionFailure(), Trouble.LOST),
        (errors.IdleInTransactionSessionTimeout(), Trouble.LOST),
        (errors.DeadlockDetected(), Trouble.DEADLOCK),
        (errors.SerializationFailure(), Trouble.DEADLOCK),
        (errors.LockNotAvailable(), Trouble.LOCKED),
        (errors.QueryCanceled(), Trouble.LOCKED),
        (errors.UniqueViolation(), Trouble.DATA),
        (errors.ForeignKeyViolation(), Trouble.DATA),
        (errors.UntranslatableCharacter(), Trouble.DATA),
        (errors.UndefinedTable(), Trouble.REFUSED),
        (errors.ReadOnlySqlTransaction(), Trouble.REFUSED),
        (errors.DiskFull(), Trouble.REFUSED),
        (psycopg.ProgrammingError("invalid connection option"), Trouble.REFUSED),
    ],
    ids=lambda value: type(value).__name__,
)
def test_errors_of_postgresql(error: Exception, trouble: Trouble) -> None:
    """
    PostgreSQL's errors are told apart by their codes; one without a code is of the connection.
    """
    assert trouble is PostgreSQL().trouble(error)


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        (pymysql.OperationalError(2003, "Can't connect to MySQL server"), Trouble.LOST),
        (pymysql.OperationalError(2006, "MySQL server has gone away"), Trouble.LOST),
        (pymysql.OperationalError(2013, "Lost connection to MySQL server during query"), Trouble.LOST),
        (pymysql.OperationalError(1927, "Connection was killed"), Trouble.LOST),
        (pymysql.OperationalError(1040, "Too many connections"), Trouble.LOST),
        (pymysql.InterfaceError(0, ""), Trouble.LOST),
        (pymysql.OperationalError(1213, "Deadlock found"), Trouble.DEADLOCK),
        (pymysql.OperationalError(1205, "Lock wait timeout exceeded"), Trouble.LOCKED),
        (
            pymysql.OperationalError(1969, "Query execution was interrupted (max_statement_time exceeded)"),
            Trouble.LOCKED,
        ),
        (pymysql.IntegrityError(1062, "Duplicate entry"), Trouble.DATA),
        (pymysql.IntegrityError(1452, "Cannot add or update a child row"), Trouble.DATA),
        (pymysql.DataError(1406, "Data too long"), Trouble.DATA),
        (pymysql.ProgrammingError(1146, "Table doesn't exist"), Trouble.REFUSED),
        (pymysql.OperationalError(1290, "running with the --read-only option"), Trouble.REFUSED),
        (pymysql.Error(), Trouble.REFUSED),
    ],
    ids=repr,
)
def test_errors_of_mariadb(error: Exception, trouble: Trouble) -> None:
    """
    MariaDB's errors are told apart by their numbers.
    """
    assert trouble is MariaDB().trouble(error)


def sqlite_error(code: int) -> sqlite3.Error:
    """
    Return an error as the library raises it, with its extended code.
    """
    error = sqlite3.OperationalError("from the library")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("code", "trouble"),
    [
        (sqlite3.SQLITE_BUSY, Trouble.LOCKED),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, Trouble.LOCKED),
        (sqlite3.SQLITE_LOCKED, Trouble.LOCKED),
        (sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY, Trouble.DATA),
        (sqlite3.SQLITE_CONSTRAINT_UNIQUE, Trouble.DATA),
        (sqlite3.SQLITE_MISMATCH, Trouble.DATA),
        (sqlite3.SQLITE_READONLY, Trouble.REFUSED),
        (sqlite3.SQLITE_FULL, Trouble.REFUSED),
        (sqlite3.SQLITE_CORRUPT, Trouble.REFUSED),
    ],
)
def test_errors_of_sqlite(code: int, trouble: Trouble) -> None:
    """
    SQLite's errors are told apart by the first byte of their codes.
    """
    assert trouble is SQLite().trouble(sqlite_error(code))


@pytest.mark.parametrize("dialect", [PostgreSQL(), MariaDB(), SQLite()], ids=lambda dialect: type(dialect).__name__)
def test_an_error_that_is_no_driver_s(dialect: Dialect) -> None:
    """
    What no driver raises is not worth another try.
    """
    assert Trouble.REFUSED is dialect.trouble(RuntimeError("no code, no number"))
