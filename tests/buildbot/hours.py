"""Hours of two Buildbot masters by clocks that a test moves: their real data and database layers, never started."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from buildbot.config.master import DBConfig
from buildbot.master import BuildMaster
from sqlalchemy import event
from twisted.internet import reactor as the_reactor
from twisted.internet.defer import Deferred, maybeDeferred

from headwater.buildbot.service import install
from tests.reactor import ReactorThread

BEGIN = 1_900_000_000


class Turned:
    """
    The real reactor, with a wall clock of its own: the shared one, set wrongly by so many seconds.
    """

    def __init__(self, now: Callable[[], int], wrong_by: int) -> None:
        self._now, self._wrong_by = now, wrong_by

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the reactor has
        return getattr(the_reactor, name)

    def seconds(self) -> int:
        """
        Return the time of the wall clock.
        """
        return self._now() + self._wrong_by


class LivingMaster:
    """
    One master of an hour.
    """

    def __init__(self, master: Any, wait_for: Callable[..., Any]) -> None:  # noqa: ANN401 - Buildbot has no types
        self._master, self._wait_for = master, wait_for
        self.id = int(master.masterid)

    def beat(self) -> None:
        """
        Do what Buildbot does once a minute: mark this master active, and expire others.
        """
        heartbeat, *_ = self._master.masterHeartbeatService.call
        self._wait_for(lambda: maybeDeferred(heartbeat))


@contextmanager
def living_master(
    url: str, folder: Path, reactor: ReactorThread, turned: Turned, *, line: bool
) -> Iterator[LivingMaster]:
    """
    Give a master that holds a source of its own, on an SQLite database whose clock is that of the master's host.
    """
    folder.mkdir()

    async def begin() -> Any:  # noqa: ANN401 - Buildbot has no types
        master = BuildMaster(str(folder), reactor=turned)
        master.config.db = DBConfig(url)
        await master._services_d  # Buildbot awaits it when it starts
        await master.db.setup(check_version=False)  # it was made for this test
        event.listen(master.db.pool.engine, "connect", lambda connection, _: _turn(connection, turned.seconds))
        await master.mq.setup()
        master.masterid = await master.db.masters.findMasterId(master.name)
        if line:
            await install(master)
        await master.data.updates.masterActive(name=master.name, masterid=master.masterid)
        source = await master.db.changesources.findChangeSourceId(folder.name)
        await master.db.changesources.setChangeSourceMaster(source, master.masterid)
        return master

    async def end(master: Any) -> None:  # noqa: ANN401
        if line:
            await master._headwater.uninstall()
        await maybeDeferred(master.db.pool.stop)

    master = reactor.wait_for(lambda: Deferred.fromCoroutine(begin()))
    try:
        yield LivingMaster(master, reactor.wait_for)
    finally:
        reactor.wait_for(lambda: Deferred.fromCoroutine(end(master)))


def _turn(connection: Any, seconds: Callable[[], int]) -> None:  # noqa: ANN401 - SQLite's
    """
    Have SQLite tell the time of another clock: it has none but that of the host.
    """
    connection.create_function("strftime", 2, lambda _, __: str(seconds()))
    connection.create_function("julianday", 1, lambda _: seconds() / 86_400 + 2_440_587.5)
