"""Headwater: its Deferred connector, its own API, and either on a database of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import Any

from bench.cases import HISTORY, US
from bench.durability import durability
from bench.flight import WrongAnswerError
from bench.ground import BuildbotsTables, Ground, OwnTables, names
from bench.orders import Opening, Ready, Turn
from bench.sides.calls import Calls
from headwater import ChangeSourceAlreadyClaimedError, Store
from headwater.db.connector import DBConnector
from headwater.identity import headwater_version
from headwater.store.engine import open_engine, parse

_DRIVERS = {"sqlite": [], "postgresql": ["psycopg"], "mariadb": ["pymysql"]}


class Headwater:
    """
    Headwater as a user has it: calls for one source go to the connector, calls for many to the Store.
    """

    async def open(self, opening: Opening) -> Ready:
        """
        Connect to the database; one of Headwater's own is set up thereby.
        """
        self._connector = DBConnector(opening.url)
        await self._connector.setup()
        self._store = Store(opening.url)
        self._ground = self._ground_of(opening)
        self._calls = Calls(self._connector.changesources, ChangeSourceAlreadyClaimedError, self._ground)
        engine, _ = open_engine(parse(opening.url))
        with engine.connect() as connection:
            settings = durability(opening.kind, lambda sql: connection.exec_driver_sql(sql).scalar())
        packages = ["sqlalchemy", "twisted", *_DRIVERS[opening.kind]]
        return Ready(settings, {"headwater": headwater_version(), **{name: version(name) for name in packages}})

    async def take(self, turn: Turn) -> float:
        """
        Take a turn by the connector, and return the seconds on the clock.
        """
        return await (self._calls.take(turn) if turn.in_flight or turn.case == "list" else self._take_at_once(turn))

    async def close(self) -> None:
        """
        Disconnect.
        """
        self._store.close()
        await self._connector.stop()

    async def _take_at_once(self, turn: Turn) -> float:
        return take_at_once(self._store, self._ground, turn)

    def _ground_of(self, opening: Opening) -> Ground:
        return OwnTables(opening.url, self._store) if opening.side == HISTORY else BuildbotsTables(opening.url)


class HeadwaterStore(Headwater):
    """
    Headwater's own API: everything in as few calls as can be.
    """

    async def take(self, turn: Turn) -> float:
        """
        Take a turn by the Store, and return the seconds on the clock.
        """
        return await self._take_at_once(turn)


def take_at_once(store: Store, ground: Ground, turn: Turn) -> float:
    """
    Take a turn by the Store, and return the seconds on the clock.
    """
    ids = ground.arrange(turn.sources, turn.holder)
    wanted = names(turn.count)
    deeds: Mapping[str, Callable[[], Any]] = {
        "cold start": lambda: store.claim(store.register(wanted).values(), ground.masters[US]),
        "register": lambda: store.register(wanted),
        "claim": lambda: store.claim(ids, ground.masters[US]),
        "list": store.sources,
    }
    began = time.perf_counter()
    done = deeds[turn.case]()
    seconds = time.perf_counter() - began
    if len(done) != turn.count:
        raise WrongAnswerError(f"{len(done)} sources in place of {turn.count}")
    return seconds
