"""The real tables in SQLite, on the database's virtual time, telling what every commit changed."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from typing import Any

from headwater import Store
from tests.memory import in_memory

_OURS = (
    "claim_history changes commits positions conditions removed_sources source_settings drains changesource_masters "
    "masters changesources"
)

_TRIGGERS = """
    CREATE TEMP TRIGGER opened AFTER INSERT ON claim_history BEGIN
        SELECT sim_told('opened', new.changesourceid, new.id, new.masterid, new.master_name); END;
    CREATE TEMP TRIGGER closed AFTER UPDATE OF until ON claim_history BEGIN
        SELECT sim_told('closed', old.changesourceid, old.id, old.masterid, new.why); END;
    CREATE TEMP TRIGGER recorded AFTER INSERT ON changes BEGIN
        SELECT sim_told('recorded', new.changesourceid, new.token, new.number, new.after_oid); END;
    CREATE TEMP TRIGGER seen AFTER UPDATE OF baselined_at ON source_settings BEGIN
        SELECT sim_told('baseline', new.changesourceid); END;
    CREATE TEMP TRIGGER beaten AFTER UPDATE OF beat ON heartbeats BEGIN
        SELECT sim_told('beaten', new.masterid, new.beat); END;
    CREATE TEMP TRIGGER joined AFTER INSERT ON heartbeats BEGIN
        SELECT sim_told('joined', new.masterid, new.name); END;
    CREATE TEMP TRIGGER ended AFTER UPDATE OF ended_at ON heartbeats BEGIN
        SELECT sim_told('ended', new.masterid); END;
"""


class Tables:
    """
    One database and two connections to it: one for whoever holds the write lock, one for all who only read.

    That is what SQLite's write-ahead log amounts to, however many connections there are: one writer at a time, and
    every statement outside a transaction reads what was committed before it.
    """

    def __init__(self) -> None:
        folder = tempfile.mkdtemp(prefix="headwater-", dir=in_memory())
        path = f"{folder}/simulated.db"
        Store(f"sqlite:///{path}").close()
        self.writer = _connected(path)
        self.reader = _connected(path)
        self.told: list[tuple[Any, ...]] = []
        """What the statements since the last commit have done."""
        self.now: Callable[[], int] = lambda: 0
        """The database's clock, in milliseconds."""
        for connection in (self.writer, self.reader):
            connection.create_function("sim_now", 0, self._tell_time)
            connection.create_function("sim_told", -1, self._take)
        self.writer.executescript(_TRIGGERS)
        self.empty()
        self.reader.execute("SELECT * FROM masters").fetchall()
        # Both connections have it open: it is there for as long as they are, however this process ends.
        shutil.rmtree(folder)

    def empty(self) -> None:
        """
        Make the database as new.
        """
        if self.writer.in_transaction:
            self.writer.execute("ROLLBACK")
        self.writer.execute("BEGIN")
        for table in _OURS.split():
            self.writer.execute(f"DELETE FROM {table}")
        for counter in ("feed", "edits"):
            self.writer.execute(f"UPDATE {counter} SET number = 0")
        self.writer.execute("DELETE FROM sqlite_sequence")
        self.writer.execute("COMMIT")
        self.told.clear()

    def _tell_time(self) -> int:
        return self.now()

    def _take(self, *what: Any) -> None:  # noqa: ANN401 - whatever a trigger tells
        self.told.append(what)


def _connected(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=500, timeout=0)
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = OFF")
    return connection
