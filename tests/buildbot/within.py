"""A Buildbot master within the test's process: its real objects, as far as claims need them, on the real reactor."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from buildbot.changes.base import ReconfigurablePollingChangeSource
from buildbot.config.master import DBConfig, MasterConfig
from buildbot.master import BuildMaster
from twisted.internet import reactor as the_reactor
from twisted.internet.defer import Deferred, maybeDeferred, succeed
from twisted.python import log

from headwater.buildbot.keeper import Keeper
from headwater.buildbot.service import install
from tests.conformance.rows import run
from tests.databases.drivers import for_buildbot
from tests.reactor import ReactorThread

A = TypeVar("A")


class Source(ReconfigurablePollingChangeSource):  # type: ignore[misc] # Buildbot has no types
    """
    Looks at nothing, and for as long as the test wants.
    """

    polls = 0
    _began: Deferred[None] | None = None
    _ends: Deferred[None] | None = None

    def poll(self) -> Deferred[None]:
        """
        Begin to look.
        """
        self.polls += 1
        began, self._began = self._began, None
        if began is None or self._ends is None:
            return succeed(None)
        began.callback(None)
        return self._ends

    def begin(self) -> Deferred[None]:
        """
        Have it polled now; wait until the poll has begun, which lasts until `end`.
        """
        self._began, self._ends = Deferred(), Deferred()
        began = self._began
        self.force()
        return began

    def end(self) -> None:
        """
        Let the poll end.
        """
        assert self._ends is not None
        self._ends.callback(None)


class MasterWithin:
    """
    A master that has begun to start, with the line: what its start would do next is the test's to do.

    It reads no configuration file and takes no signals.
    """

    keeper: Keeper

    def __init__(self, url: str, folder: Path, reactor: ReactorThread) -> None:
        self.url = url
        self._folder = folder
        self._reactor = reactor

    def do(self, doing: Callable[[], Coroutine[Deferred[Any], Any, A]]) -> A:
        """
        Do something on the reactor's thread.
        """
        return self._reactor.wait_for(lambda: Deferred.fromCoroutine(doing()))

    def now(self, call: Callable[[], A]) -> A:
        """
        Call something on the reactor's thread, and wait for what it returns if that is to be waited for.
        """
        return self._reactor.wait_for(lambda: maybeDeferred(call))

    def begin(self, doing: Callable[[], Coroutine[Deferred[Any], Any, A]]) -> Deferred[A]:
        """
        Begin to do something on the reactor's thread; return what it is waited for by.
        """
        return self.now(lambda: (Deferred.fromCoroutine(doing()),))[0]

    async def start(self) -> None:
        """
        Begin, up to where a master knows its id, and has the connector replaced.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Buildbot uses what is deprecated
            self.master: Any = BuildMaster(str(self._folder), reactor=the_reactor)
            await self.master._services_d
            self.master.config = MasterConfig()
            self.master.config.db = DBConfig(for_buildbot(self.url))
            await self.master.db.setup()
        await maybeDeferred(self.master.db.startService)
        await maybeDeferred(self.master.mq.setup)
        self.keeper = await install(self.master)
        self.master.masterid = await self.master.db.masters.findMasterId(self.master.name)
        self.master.running = True
        await maybeDeferred(self.master.change_svc.startService)

    async def stop(self) -> None:
        """
        End, as a master does.
        """
        await self.told("masterStopped")
        await self.master.change_svc.stopService()
        self.master.running = False
        await self.keeper.stop()
        await self.master.db.stopService()

    def told(self, update: str) -> Deferred[None]:
        """
        Say of this master that it is active, or that it has stopped.
        """
        named = {"name": self.master.name, "masterid": self.master.masterid}
        done: Deferred[None] = getattr(self.master.data.updates, update)(**named)
        return done

    async def configure(self, sources: Sequence[Any]) -> None:
        """
        Have these change sources, and no others, as by a reconfiguration.
        """
        self.master.config.change_sources = list(sources)
        await self.master.change_svc.reconfigServiceWithBuildbotConfig(self.master.config)

    def held_elsewhere(self, source: Any) -> None:  # noqa: ANN401 - Buildbot has no types
        """
        Let another master, which is active, hold a source.
        """
        self.now(lambda: self.master.data.updates.findChangeSourceId(source.name))
        run(
            self.url,
            "INSERT INTO masters (name, name_hash, active, last_active)"
            f" SELECT 'two', 'two', 1, last_active FROM masters WHERE id = {self.master.masterid}",
            "DELETE FROM changesource_masters",
            "INSERT INTO changesource_masters (changesourceid, masterid)"
            f" SELECT s.id, m.id FROM changesources s, masters m WHERE s.name = '{source.name}' AND m.name = 'two'",
        )

    def row(self, columns: str = "active") -> tuple[object, ...]:
        """
        Return the master's own row.
        """
        return tuple(run(self.url, f"SELECT {columns} FROM masters WHERE id = {self.master.masterid}")[0])

    def holds(self) -> set[str]:
        """
        Return the names of the sources that the database says it holds.
        """
        rows = run(
            self.url,
            "SELECT s.name FROM changesource_masters l JOIN changesources s ON s.id = l.changesourceid"
            f" WHERE l.masterid = {self.master.masterid}",
        )
        return {str(name) for (name,) in rows}


@contextmanager
def seen_in_the_log() -> Iterator[list[str]]:
    """
    Give the list of what is said in the log, which grows.
    """
    said: list[str] = []

    def see(event: dict[str, Any]) -> None:
        said.append(log.textFromEventDict(event) or "")

    log.addObserver(see)
    try:
        yield said
    finally:
        log.removeObserver(see)


@contextmanager
def master_within(url: str, folder: Path, reactor: ReactorThread) -> Iterator[MasterWithin]:
    """
    Give a master that has begun to start.
    """
    within = MasterWithin(url, folder, reactor)
    within.do(within.start)
    try:
        yield within
    finally:
        within.do(within.stop)
