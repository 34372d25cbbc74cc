"""Bring a database into the state in which a turn begins, outside of what is timed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Engine, NullPool, create_engine, text

from bench.cases import THEM, US
from headwater import Store
from headwater.store.arguments import hash_of

_TIDY = {
    # As if the database had been left alone for a while: no half of the sides gets the other half's leftovers.
    "sqlite": ["PRAGMA wal_checkpoint(RESTART)"],
    "postgresql": ["VACUUM (ANALYZE) changesources", "VACUUM (ANALYZE) changesource_masters"],
    "mysql": ["ANALYZE TABLE changesources", "ANALYZE TABLE changesource_masters"],
}


def name_of(number: int, *, group: str = "team") -> str:
    """
    Return a name as pollers have them.
    """
    return f"https://git.example.org/{group}/project-{number:06}.git"


def names(count: int, *, group: str = "team") -> list[str]:
    """
    Return so many names.
    """
    return [name_of(number, group=group) for number in range(count)]


class Ground(ABC):
    """
    The sources, masters and claims of one side's database.
    """

    masters: dict[str, int]
    """The ids of `US` and `THEM`."""

    @abstractmethod
    def arrange(self, sources: int, holder: str | None) -> list[int]:
        """
        See to it that there are so many sources, all held by one master or by none; return their ids.
        """


class BuildbotsTables(Ground):
    """
    A database with Buildbot's tables: plain SQL, on a connection that is closed before the clock runs.
    """

    def __init__(self, url: str) -> None:
        self._engine = create_engine(url, poolclass=NullPool)
        with self._engine.begin() as connection:
            self.masters = {name: _master(connection, name) for name in (US, THEM)}

    def arrange(self, sources: int, holder: str | None) -> list[int]:
        """
        See to it that there are so many sources, all held by one master or by none; return their ids.
        """
        with self._engine.begin() as connection:
            connection.execute(text("DELETE FROM changesource_masters"))
            ids = _resized(connection, sources)
            if holder is not None:
                claimed = "INSERT INTO changesource_masters (changesourceid, masterid) SELECT id, :m FROM changesources"
                connection.execute(text(claimed), {"m": self.masters[holder]})
        _tidy(self._engine)
        return ids


class OwnTables(Ground):
    """
    A database of Headwater's own: by its own verbs, so that the history is true. Sources are only ever added.
    """

    def __init__(self, url: str, store: Store) -> None:
        self._engine = create_engine(url, poolclass=NullPool)
        self._store = store
        self.masters = {name: store.join(name).id for name in (US, THEM)}

    def arrange(self, sources: int, holder: str | None) -> list[int]:
        """
        See to it that so many sources are held by one master or by none; return their ids.
        """
        ids = list(self._store.register(names(sources)).values())
        self._store.force_release(source.id for source in self._store.sources(active=True))
        if holder is not None:
            self._store.claim(ids, self.masters[holder])
        _tidy(self._engine)
        return ids


def _master(connection: Connection, name: str) -> int:
    row = {"name": name, "hash": hash_of(name)}
    find = text("SELECT id FROM masters WHERE name_hash = :hash")
    if connection.execute(find, row).first() is None:
        insert = text("INSERT INTO masters (name, name_hash, active, last_active) VALUES (:name, :hash, 1, 0)")
        connection.execute(insert, row)
    return int(connection.execute(find, row).scalar_one())


def _resized(connection: Connection, wanted: int) -> list[int]:
    ids = _ids(connection)
    if len(ids) > wanted:
        last = ids[wanted - 1] if wanted else 0
        connection.execute(text("DELETE FROM changesources WHERE id > :last"), {"last": last})
    elif len(ids) < wanted:
        rows = [{"name": name, "hash": hash_of(name)} for name in names(wanted)[len(ids) :]]
        _insert(connection, rows)
    return _ids(connection)


def _insert(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    inserted = text("INSERT INTO changesources (name, name_hash) VALUES (:name, :hash)")
    connection.execute(inserted, rows)


def _ids(connection: Connection) -> list[int]:
    return list(connection.execute(text("SELECT id FROM changesources ORDER BY id")).scalars())


def _tidy(engine: Engine) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for statement in _TIDY[engine.dialect.name if engine.dialect.name != "mariadb" else "mysql"]:
            connection.execute(text(statement))
