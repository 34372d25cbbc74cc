"""The connector as it is inside Buildbot, as a face: on the engine and the thread pool that Buildbot makes."""

# ruff: noqa: D102 - what the methods of a face do is said once, by the Protocol

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from buildbot.db.changesources import ChangeSourceModel
from buildbot.db.enginestrategy import create_engine
from buildbot.db.pool import DBThreadPool
from twisted.internet import reactor as the_reactor
from twisted.internet.defer import Deferred, maybeDeferred

from headwater.buildbot import ChangeSourcesConnectorComponent
from headwater.db.masters import MastersConnectorComponent
from tests.conformance.faces import ConnectorFace, Described
from tests.databases.drivers import for_buildbot
from tests.reactor import ReactorThread


class BuildbotFace(ConnectorFace):
    """
    Buildbot's part is its real engine and pool; its database connector around them would need a master.
    """

    def __init__(self, url: str, reactor: ReactorThread, *, driver: str | None = None) -> None:
        self.url = url
        self.wait_for = reactor.wait_for
        engine = create_engine(for_buildbot(url, driver), basedir=".")
        self._pool = DBThreadPool(engine, the_reactor)
        connector = SimpleNamespace(pool=self._pool)
        component = ChangeSourcesConnectorComponent(connector)
        self.db: Any = SimpleNamespace(changesources=component, masters=MastersConnectorComponent(component))
        self.wait_for(self._started)

    def close(self) -> None:
        """
        Stop the component, then the pool.
        """
        self.wait_for(lambda: maybeDeferred(self.db.changesources.stopService))
        self.wait_for(self._pool.stop)

    def in_pool(self, run: Callable[[Any], Any]) -> Deferred[Any]:
        """
        Run something on a connection of the pool, as Buildbot does.
        """
        done: Deferred[Any] = self._pool.do(run)
        return done

    def get_source(self, id_: int) -> Described | None:
        source = self.wait_for(self.db.changesources.getChangeSource, id_)
        return None if source is None else _described(source)

    def get_sources(self, *, active: bool | None = None, masterid: int | None = None) -> list[Described]:
        return [_described(source) for source in super().get_sources(active=active, masterid=masterid)]

    def _started(self) -> Deferred[Any]:
        self._pool.start()
        return maybeDeferred(self.db.changesources.startService)


def _described(source: Any) -> Described:  # noqa: ANN401 - Buildbot has no types
    assert isinstance(source, ChangeSourceModel)
    return {"id": source.id, "name": source.name, "masterid": source.masterid}
