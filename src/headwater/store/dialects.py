"""What the databases spell differently: fragments of SQL, session settings, error codes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from headwater.store.dialect import Dialect, Trouble, as_json


class PostgreSQL(Dialect):
    """
    PostgreSQL, by psycopg 3 or psycopg2.
    """

    fragments: ClassVar[Mapping[str, str]] = {
        "now": "(extract(epoch FROM clock_timestamp()) * 1000)::bigint",
        "version": "version()",
        "now_seconds": "floor(extract(epoch FROM clock_timestamp()))::integer",
        "for_share": "FOR SHARE",
        "for_update": "FOR UPDATE",
        "by_primary_key": "",
        "ignore": "",
        "or_nothing": "ON CONFLICT DO NOTHING",
        "or_gone": "",
    }
    writes_in_with: ClassVar[bool] = True
    wake_others: ClassVar[str | None] = "SELECT pg_notify('headwater', '')"
    # The server looks for deadlocks after 1 s: a lock that is given up before that is told as busy, though a second
    # try would do. A generic plan that was made while the tables were small stays for the life of a connection and
    # costs up to ten times as much.
    session: ClassVar[Sequence[str]] = (
        """
        SET lock_timeout = '{lock}s'; SET statement_timeout = '{statement}s';
        SET idle_in_transaction_session_timeout = '{idle}s'; SET tcp_user_timeout = '{idle}s';
        SET plan_cache_mode = force_custom_plan;
        SET default_transaction_isolation = 'read committed'""",
    )
    # Planning a claim anew each time costs more than the claim. Where only an index will do, a generic plan is good for
    # a while; not for ever, for while a table is empty, reading all of its index looks as cheap as one look into it.
    # The cost that stands for "never" would have a plan compiled, too. By a bitmap, rows would be locked in the order
    # in which they lie; by the index it is that of their ids.
    lookups: ClassVar[Sequence[str]] = (
        """
        SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET enable_hashjoin = off;
        SET enable_mergejoin = off; SET enable_bitmapscan = off; SET jit = off""",
    )
    forget_plans: ClassVar[str | None] = "DISCARD PLANS"

    guest: ClassVar[Sequence[str]] = (
        """
        SET lock_timeout = '1200ms'; SET statement_timeout = '1500ms';
        SET idle_in_transaction_session_timeout = '3s'; SET plan_cache_mode = force_custom_plan;
        SET default_transaction_isolation = 'read committed'""",
    )
    guest_leaves: ClassVar[Sequence[str]] = (
        """
        RESET lock_timeout; RESET statement_timeout; RESET idle_in_transaction_session_timeout;
        RESET plan_cache_mode; RESET default_transaction_isolation""",
    )

    connect: ClassVar[Mapping[str, Any]] = {
        "application_name": "headwater",
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 3,
    }

    # SQLAlchemy would ask for a type that nothing here has, past all deadlines.
    engine: ClassVar[Mapping[str, Any]] = {"use_native_hstore": False}

    # Any number that nobody else uses: "head".
    set_up_alone: ClassVar[tuple[str, str] | None] = (
        "SELECT pg_try_advisory_lock(1751474532)::int",
        "SELECT pg_advisory_unlock(1751474532)",
    )
    # A slow host may be at it for longer than a transaction lasts otherwise.
    prepare_set_up: ClassVar[Sequence[str]] = (
        "SET statement_timeout = 0; SET idle_in_transaction_session_timeout = '30s'",
    )

    _TROUBLES: ClassVar[Mapping[str, Trouble]] = {
        "08": Trouble.LOST,
        "22": Trouble.DATA,
        "23": Trouble.DATA,
        "57P01": Trouble.LOST,
        "57P02": Trouble.LOST,
        "57P03": Trouble.LOST,
        "57P05": Trouble.LOST,
        "25P03": Trouble.LOST,
        "53300": Trouble.LOST,
        "40001": Trouble.DEADLOCK,
        "40P01": Trouble.DEADLOCK,
        "55P03": Trouble.LOCKED,
        "57014": Trouble.LOCKED,
    }

    @property
    def waits(self) -> Mapping[str, Any]:
        return {"connect_timeout": self.deadlines.login, "tcp_user_timeout": round(self.deadlines.idle * 1000)}

    def among(self, parameter: str) -> str:
        return f"= ANY(:{parameter})"

    def given(self, columns: Sequence[tuple[str, str]]) -> str:
        declared = ", ".join(f"{name} {kind}" for name, kind in columns)
        return f"(SELECT * FROM json_to_recordset(CAST(:rows AS json)) AS r({declared}))"

    def trouble(self, error: BaseException) -> Trouble:
        state = getattr(error, "sqlstate", None) or getattr(error, "pgcode", None)
        if state is None:
            # A timeout while connecting is a class of its own below these.
            lost = not {"OperationalError", "InterfaceError"}.isdisjoint(kind.__name__ for kind in type(error).__mro__)
            return Trouble.LOST if lost else Trouble.REFUSED
        return self._TROUBLES.get(state) or self._TROUBLES.get(state[:2]) or Trouble.REFUSED


class MariaDB(Dialect):
    """
    MariaDB from 10.6 and MySQL from 8, by PyMySQL or mysqlclient.
    """

    fragments: ClassVar[Mapping[str, str]] = {
        "now": "CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)",
        "now_seconds": "UNIX_TIMESTAMP()",
        "version": "VERSION()",
        "for_share": "LOCK IN SHARE MODE",
        "for_update": "FOR UPDATE",
        # Through the index on masterid, InnoDB locks in another order and deadlocks with itself.
        "by_primary_key": "FORCE INDEX (PRIMARY)",
        "ignore": "IGNORE",
        "or_nothing": "",
        "or_gone": "",
    }
    session: ClassVar[Sequence[str]] = (
        "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
        "SET time_zone = '+00:00', innodb_lock_wait_timeout = {whole_lock}, foreign_key_checks = 1",
        "SET sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,ERROR_FOR_DIVISION_BY_ZERO'",
    )
    mariadb_only: ClassVar[str] = "SET idle_transaction_timeout = {whole_idle}, max_statement_time = {statement}"
    connect: ClassVar[Mapping[str, Any]] = {"charset": "utf8mb4"}
    # Buildbot has its connections speak utf8, of three bytes at most.
    guest: ClassVar[Sequence[str]] = (
        """
        SET @headwater_client = @@character_set_client, @headwater_results = @@character_set_results,
            @headwater_collation = @@collation_connection, @headwater_lock = @@innodb_lock_wait_timeout,
            @headwater_mode = @@sql_mode""",
        "SET NAMES utf8mb4",
        """
        SET innodb_lock_wait_timeout = 1,
            sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,ERROR_FOR_DIVISION_BY_ZERO'""",
    )
    guest_leaves: ClassVar[Sequence[str]] = (
        """
        SET character_set_client = @headwater_client, character_set_results = @headwater_results,
            collation_connection = @headwater_collation, innodb_lock_wait_timeout = @headwater_lock,
            sql_mode = @headwater_mode""",
    )
    before_guests_transaction: ClassVar[Sequence[str]] = ("SET TRANSACTION ISOLATION LEVEL READ COMMITTED",)
    name_bytes: ClassVar[int] = 65_535
    has_transactional_schema: ClassVar[bool] = False
    set_up_alone: ClassVar[tuple[str, str] | None] = (
        "SELECT GET_LOCK(LEFT(CONCAT('headwater.', DATABASE()), 64), 0)",
        "SELECT RELEASE_LOCK(LEFT(CONCAT('headwater.', DATABASE()), 64))",
    )
    # As on PostgreSQL. To MySQL, which has no such settings, this is a comment. The engine is for the table of the
    # version, which Alembic makes without naming one.
    prepare_set_up: ClassVar[Sequence[str]] = (
        "SET /*M! idle_transaction_timeout = 30, max_statement_time = 0, */ default_storage_engine = InnoDB",
    )

    _TYPES: ClassVar[Mapping[str, str]] = {
        "text": "LONGTEXT CHARACTER SET utf8mb4",
        "int": "INT",
        "bigint": "BIGINT",
    }
    _TROUBLES: ClassVar[Mapping[int, Trouble]] = {
        **dict.fromkeys((0, 1040, 1053, 1077, 1927, 2002, 2003, 2006, 2013, 2014, 2055, 4031), Trouble.LOST),
        # 1467 is a deadlock over the lock that numbers new rows.
        **dict.fromkeys((1213, 1020, 1467), Trouble.DEADLOCK),
        **dict.fromkeys((1205, 1969, 3024), Trouble.LOCKED),
        **dict.fromkeys((1048, 1062, 1153, 1264, 1292, 1366, 1406, 1451, 1452), Trouble.DATA),
    }

    @property
    def waits(self) -> Mapping[str, Any]:
        # mysqlclient takes whole seconds only.
        seconds = math.ceil(self.deadlines.client)
        return {"connect_timeout": self.deadlines.login, "read_timeout": seconds, "write_timeout": seconds}

    def wait_at_most(self, connection: Any, seconds: float) -> None:
        # PyMySQL takes them when it connects and has no other way in; it looks at them before each answer.
        for timeout in ("_read_timeout", "_write_timeout"):
            if hasattr(connection, timeout):
                setattr(connection, timeout, seconds)

    def listed(self, values: list[Any]) -> Any:
        return tuple(values)

    def among(self, parameter: str) -> str:
        return f"IN :{parameter} "

    def given(self, columns: Sequence[tuple[str, str]]) -> str:
        declared = ", ".join(f"{name} {self._TYPES[kind]} PATH '$.{name}'" for name, kind in columns)
        return f"JSON_TABLE(:rows, '$[*]' COLUMNS ({declared}))"

    def or_keep(self, table: str, column: str) -> str:
        # Not IGNORE, which would also swallow a name that the column cannot hold.
        return f"ON DUPLICATE KEY UPDATE {column} = {table}.{column}"

    def or_replace(self, table: str, column: str, others: Sequence[str]) -> str:
        return "ON DUPLICATE KEY UPDATE " + ", ".join(f"{other} = VALUES({other})" for other in others)

    def or_newer(self, table: str, column: str, others: Sequence[str]) -> str:
        # One column is set after the other: the last one, which decides, is old until then.
        age = others[-1]
        newer = (f"{one} = IF(VALUES({age}) >= {table}.{age}, VALUES({one}), {table}.{one})" for one in others)
        return "ON DUPLICATE KEY UPDATE " + ", ".join(newer)

    def trouble(self, error: BaseException) -> Trouble:
        number = error.args[0] if error.args else None
        if type(error).__name__ == "InterfaceError":
            return Trouble.LOST
        return self._TROUBLES.get(number, Trouble.REFUSED) if isinstance(number, int) else Trouble.REFUSED


class SQLite(Dialect):
    """
    SQLite from 3.35, by the standard library.
    """

    fragments: ClassVar[Mapping[str, str]] = {
        "now": "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)",
        "version": "'SQLite ' || sqlite_version()",
        "now_seconds": "CAST(strftime('%s', 'now') AS INTEGER)",
        "for_share": "",
        "for_update": "",
        "by_primary_key": "",
        "ignore": "",
        "or_nothing": "ON CONFLICT DO NOTHING",
        # Where foreign keys were off, a holder may have no row. The holders are found by jumps in the index on them.
        "or_gone": """
            UNION SELECT id FROM (
                WITH RECURSIVE holders (id) AS (
                    SELECT MIN(masterid) FROM changesource_masters UNION ALL
                    SELECT (SELECT MIN(masterid) FROM changesource_masters WHERE masterid > holders.id)
                    FROM holders WHERE holders.id IS NOT NULL)
                SELECT id FROM holders WHERE id NOT IN (SELECT id FROM masters))""",
    }
    begin: ClassVar[str] = "BEGIN IMMEDIATE"
    waits_for_locks: ClassVar[bool] = False
    # A commit writes every page that it touched, and the hashes of names are all over theirs: the fewer commits, the
    # less is written. This many rows hold the one lock for about 20 ms.
    batch_rows: ClassVar[int] = 5000
    session: ClassVar[Sequence[str]] = ("PRAGMA foreign_keys = ON", "PRAGMA synchronous = FULL")
    # Headwater waits for the write lock by itself: the built-in handler starved a heartbeat for 5 to 7 s.
    connect: ClassVar[Mapping[str, Any]] = {"timeout": 0, "check_same_thread": False}
    guest: ClassVar[Sequence[str]] = ("PRAGMA busy_timeout = 0",)
    guest_leaves: ClassVar[Sequence[str]] = ("PRAGMA busy_timeout = 5000",)
    # A property of the file: from here on readers do not wait for the writer.
    prepare_set_up: ClassVar[Sequence[str]] = ("PRAGMA journal_mode = WAL",)

    _TROUBLES: ClassVar[Mapping[int, Trouble]] = {
        5: Trouble.LOCKED,
        6: Trouble.LOCKED,
        19: Trouble.DATA,
        20: Trouble.DATA,
    }

    def parameter(self, name: str) -> str:
        return f":{name}"

    def listed(self, values: list[Any]) -> Any:
        return as_json(values)

    def among(self, parameter: str) -> str:
        return f"IN (SELECT value FROM json_each(:{parameter}))"

    def given(self, columns: Sequence[tuple[str, str]]) -> str:
        extracted = ", ".join(f"json_extract(value, '$.{name}') AS {name}" for name, _ in columns)
        return f"(SELECT {extracted} FROM json_each(:rows))"

    def trouble(self, error: BaseException) -> Trouble:
        code = getattr(error, "sqlite_errorcode", None)
        return self._TROUBLES.get(code & 0xFF, Trouble.REFUSED) if code is not None else Trouble.REFUSED


BY_NAME: Mapping[str, type[Dialect]] = {
    "postgresql": PostgreSQL,
    "mysql": MariaDB,
    "mariadb": MariaDB,
    "sqlite": SQLite,
}
