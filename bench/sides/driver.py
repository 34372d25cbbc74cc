"""The raw driver: everything in one transaction of as few statements as it can, and nothing around them."""

from __future__ import annotations

import sqlite3
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha1
from importlib.metadata import version
from typing import Any

import psycopg
import pymysql
from sqlalchemy import make_url

from bench.cases import US
from bench.durability import durability
from bench.flight import WrongAnswerError
from bench.ground import BuildbotsTables, names
from bench.orders import Opening, Ready, Turn

_LIST = """
    SELECT s.id, s.name, l.masterid FROM changesources s
    LEFT JOIN changesource_masters l ON l.changesourceid = s.id"""


class _Raw(ABC):
    """
    One connection of one driver.
    """

    package: str
    connection: Any

    @abstractmethod
    def __init__(self, url: str) -> None: ...

    @abstractmethod
    def register(self, rows: Sequence[tuple[str, str]]) -> dict[str, int]:
        """
        Insert names with their hashes, unless they are there; return the id of each.
        """

    @abstractmethod
    def claim(self, ids: Sequence[int], master: int) -> list[int]:
        """
        Insert claims, unless there are any; return the sources that were won.
        """

    def run(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        cursor = self.connection.cursor()
        cursor.execute(sql, values)
        return list(cursor.fetchall()) if cursor.description else []


class _SQLite(_Raw):
    package = "sqlite3"

    def __init__(self, url: str) -> None:
        self.connection = sqlite3.connect(str(make_url(url).database), isolation_level=None, check_same_thread=False)
        self.run("PRAGMA synchronous = FULL")
        self.run("PRAGMA foreign_keys = ON")

    def register(self, rows: Sequence[tuple[str, str]]) -> dict[str, int]:
        self.run("BEGIN IMMEDIATE")
        insert = "INSERT INTO changesources (name, name_hash) VALUES (?, ?) ON CONFLICT DO NOTHING"
        self.connection.executemany(insert, rows)
        ids = self.run("SELECT name, id FROM changesources")
        self.run("COMMIT")
        return dict(ids)

    def claim(self, ids: Sequence[int], master: int) -> list[int]:
        self.run("BEGIN IMMEDIATE")
        insert = "INSERT INTO changesource_masters (changesourceid, masterid) VALUES (?, ?) ON CONFLICT DO NOTHING"
        self.connection.executemany(insert, [(id_, master) for id_ in ids])
        won = self.run("SELECT changesourceid FROM changesource_masters WHERE masterid = ?", master)
        self.run("COMMIT")
        return [id_ for (id_,) in won]


class _PostgreSQL(_Raw):
    package = "psycopg"

    def __init__(self, url: str) -> None:
        self.connection = psycopg.connect(url, autocommit=True)

    def register(self, rows: Sequence[tuple[str, str]]) -> dict[str, int]:
        insert = """
            INSERT INTO changesources (name, name_hash) SELECT * FROM unnest(%s::text[], %s::text[])
            ON CONFLICT DO NOTHING RETURNING name, id"""
        return dict(self.run(insert, [name for name, _ in rows], [hash_ for _, hash_ in rows]))

    def claim(self, ids: Sequence[int], master: int) -> list[int]:
        insert = """
            INSERT INTO changesource_masters (changesourceid, masterid) SELECT unnest(%s::int[]), %s
            ON CONFLICT DO NOTHING RETURNING changesourceid"""
        return [id_ for (id_,) in self.run(insert, ids, master)]


class _MariaDB(_Raw):
    package = "pymysql"

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        self.connection = pymysql.connect(
            host=parsed.host,
            port=parsed.port or 0,
            user=parsed.username,
            password=parsed.password or "",
            database=parsed.database,
            charset="utf8mb4",
        )

    def register(self, rows: Sequence[tuple[str, str]]) -> dict[str, int]:
        insert = "INSERT IGNORE INTO changesources (name, name_hash) VALUES (%s, %s)"
        self.connection.cursor().executemany(insert, rows)
        ids = self.run("SELECT name, id FROM changesources")
        self.connection.commit()
        return dict(ids)

    def claim(self, ids: Sequence[int], master: int) -> list[int]:
        insert = "INSERT IGNORE INTO changesource_masters (changesourceid, masterid) VALUES (%s, %s)"
        self.connection.cursor().executemany(insert, [(id_, master) for id_ in ids])
        won = self.run("SELECT changesourceid FROM changesource_masters WHERE masterid = %s", master)
        self.connection.commit()
        return [id_ for (id_,) in won]


_KINDS: Mapping[str, Callable[[str], _Raw]] = {"sqlite": _SQLite, "postgresql": _PostgreSQL, "mariadb": _MariaDB}


class Driver:
    """
    The same work without any library between: it hashes the names, inserts, and says which ids there are.
    """

    async def open(self, opening: Opening) -> Ready:
        """
        Connect to the database.
        """
        self._raw = _KINDS[opening.kind](opening.url)
        self._ground = BuildbotsTables(opening.url)
        settings = durability(opening.kind, lambda sql: self._raw.run(sql)[0][0])
        installed = {} if opening.kind == "sqlite" else {self._raw.package: version(self._raw.package)}
        return Ready(settings, installed)

    async def take(self, turn: Turn) -> float:
        """
        Take a turn, and return the seconds on the clock.
        """
        ids = self._ground.arrange(turn.sources, turn.holder)
        wanted = names(turn.count)
        deeds: Mapping[str, Callable[[], Any]] = {
            "register": lambda: self._raw.register([(name, _hash(name)) for name in wanted]),
            "claim": lambda: self._raw.claim(ids, self._ground.masters[US]),
            "list": lambda: self._raw.run(_LIST),
        }
        began = time.perf_counter()
        done = deeds[turn.case]()
        seconds = time.perf_counter() - began
        if len(done) != turn.count:
            raise WrongAnswerError(f"{len(done)} sources in place of {turn.count}")
        return seconds

    async def close(self) -> None:
        """
        Disconnect.
        """
        self._raw.connection.close()


def _hash(name: str) -> str:
    return sha1(name.encode(), usedforsecurity=False).hexdigest()
