"""Buildbot: its real database layer, its own pool of threads, under a master that is nothing else."""

from __future__ import annotations

from importlib.metadata import version
from types import SimpleNamespace
from typing import Any

from buildbot.config.master import DBConfig
from buildbot.db.changesources import ChangeSourceAlreadyClaimedError
from buildbot.db.connector import DBConnector
from sqlalchemy import make_url
from twisted.internet import reactor
from twisted.internet.defer import Deferred, succeed

from bench.durability import durability
from bench.ground import BuildbotsTables
from bench.orders import Opening, Ready, Turn
from bench.sides.calls import Calls

_DRIVERS = {"sqlite": [], "postgresql": ["psycopg2-binary"], "mariadb": ["pymysql"]}


class _Master:
    """
    As much of a master as the database layer asks for.
    """

    def __init__(self, url: str) -> None:
        self.reactor = reactor
        self.basedir = "."
        self.config = None
        self.caches = SimpleNamespace(get_cache=lambda _name, _miss: None)
        self._url = url

    def get_db_config(self, _: object) -> Deferred[Any]:
        return succeed(DBConfig(self._url))


async def connected(url: str, *, check: bool = True) -> Any:
    """
    Return Buildbot's connector with its pool running, as a master has it as ``master.db``.
    """
    db = DBConnector(".")
    await db.set_master(_Master(buildbots(url)))
    await db.setup(check_version=check, verbose=False)
    return db


def buildbots(url: str) -> str:
    """
    Return the URL as Buildbot's users write it: its manual names psycopg2, and its default engine is MyISAM.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg2")
    if parsed.get_backend_name() == "mysql":
        parsed = parsed.update_query_dict({"storage_engine": "InnoDB"})
    return parsed.render_as_string(hide_password=False)


class Buildbot:
    """
    Buildbot's own connector.
    """

    async def open(self, opening: Opening) -> Ready:
        """
        Connect to the database as a master does when it starts.
        """
        self._db = await connected(opening.url)
        self._calls = Calls(self._db.changesources, ChangeSourceAlreadyClaimedError, BuildbotsTables(opening.url))
        settings: dict[str, str] = await self._db.pool.do(
            lambda connection: durability(opening.kind, lambda sql: connection.exec_driver_sql(sql).scalar())
        )
        packages = ["buildbot", "sqlalchemy", "twisted", *_DRIVERS[opening.kind]]
        return Ready(settings, {name: version(name) for name in packages})

    async def take(self, turn: Turn) -> float:
        """
        Take a turn, and return the seconds on the clock.
        """
        return await self._calls.take(turn)

    async def close(self) -> None:
        """
        Disconnect.
        """
        await self._db.pool.stop()
