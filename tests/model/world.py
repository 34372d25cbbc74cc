"""A face, whoever else uses its database, and what is in the tables."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy import create_engine, text

from tests.conformance.rows import Row
from tests.model.calls import Call
from tests.model.flights import Asker
from tests.model.registry import Book, Entry

_TABLES = (
    *("claim_history", "changesource_masters", "source_settings", "heartbeats", "master_facts"),
    *("changesources", "masters"),
)


class World:
    """
    One database.

    Args:
        url: of the database.
        face: what is compared with the model.
        other: another face, for what the first one has no verb for; the two are used at the same time.
    """

    def __init__(self, url: str, *, face: Asker, other: Asker) -> None:
        self.url = url
        self._face = face
        self._other = other
        self._engine = create_engine(url)
        self._autocommitting = self._engine.execution_options(isolation_level="AUTOCOMMIT")
        self._beside = ThreadPoolExecutor(1)

    def ask(self, calls: Sequence[Call]) -> list[Any]:
        """
        Ask all of these at once; return the answers.
        """
        others = [number for number, call in enumerate(calls) if type(call) not in self._face.verbs]
        own = [number for number, call in enumerate(calls) if type(call) in self._face.verbs]
        beside = self._beside.submit(self._other.ask, [calls[number] for number in others]) if others else None
        answers = dict(zip(own, self._face.ask([calls[number] for number in own]) if own else [], strict=True))
        answers |= dict(zip(others, beside.result() if beside else [], strict=True))
        return [answers[number] for number in range(len(calls))]

    def run(self, statement: str, **values: object) -> list[Row]:
        """
        Run a statement past every face; return its rows.
        """
        with self._autocommitting.connect() as connection:
            result = connection.execute(text(statement), values)
            return [tuple(row) for row in result] if result.returns_rows else []

    def book(self) -> Book:
        """
        Return the history of every source.
        """
        book: dict[int, tuple[Entry, ...]] = {}
        rows = self.run("SELECT changesourceid, masterid, id, why FROM claim_history ORDER BY id")
        for source, *entry in rows:
            book[int(str(source))] = (*book.get(int(str(source)), ()), Entry(*entry))  # type: ignore[arg-type] # a row
        return book

    def beats(self) -> dict[int, int]:
        """
        Return the heartbeats that were counted of each life.
        """
        return dict(self.run("SELECT masterid, beat FROM heartbeats"))  # type: ignore[arg-type] # pairs

    def claims(self) -> dict[object, object]:
        """
        Return the holder of every source that has one.
        """
        return dict(self.run("SELECT changesourceid, masterid FROM changesource_masters"))  # type: ignore[arg-type] # pairs

    def mark(self, master: int, *, active: bool) -> None:
        """
        Mark a master, and leave its claims alone: as a crash does, or another program.
        """
        self.run("UPDATE masters SET active = :active WHERE id = :id", active=int(active), id=master)

    def clear(self) -> None:
        """
        Delete every source, every master and all history.
        """
        with self._engine.connect() as connection, connection.begin():
            for table in _TABLES:
                connection.execute(text(f"DELETE FROM {table}"))

    def close(self) -> None:
        """
        Close both faces and every connection.
        """
        self._face.close()
        self._other.close()
        self._beside.shutdown()
        self._engine.dispose()
