"""Buildbot's own GitPoller in a real master that does nothing else."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from buildbot.master import BuildMaster
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater, react
from twisted.internet.threads import deferToThread
from twisted.python import log

from bench.sides.buildbot import buildbots
from bench.sides.poller import Post

_CFG = """
from buildbot.plugins import changes
c = BuildmasterConfig = {{}}
c["db"] = {{"db_url": {database!r}}}
c["multiMaster"] = True  # so that none of the builders has to be here
c["buildbotNetUsageData"] = None
c["protocols"] = {{}}
c["workers"] = []
c["builders"] = []
c["change_source"] = [changes.GitPoller({url!r}, name="api", branches=True, pollInterval=86400)]
"""

_A_WHILE = 0.05


class BuildbotPoller:
    """
    One master with one GitPoller of all branches, which is polled when it is told to.
    """

    async def open(self, post: Post) -> None:
        """
        Start the master, and wait until it has claimed its change source.
        """
        post.folder.mkdir(exist_ok=True)
        start: Any = log.startLogging
        start((post.folder / "twistd.log").open("a"), setStdout=False)
        (post.folder / "master.cfg").write_text(_CFG.format(database=buildbots(post.database), url=post.url))
        master = BuildMaster(str(post.folder))
        # The name is that of the folder else, and a new host would be a new master that waits for the old one.
        master.name = "bench"
        await master.startService()
        self._poller: Any = master.change_svc.namedServices["api"]
        while not self._poller.doPoll.running:
            await deferLater(reactor, _A_WHILE)

    async def poll(self) -> None:
        """
        Poll once.
        """
        await self._poller.poll()


def in_reactor(work: Callable[[Callable[[], Awaitable[bytes]]], Coroutine[Any, Any, None]]) -> None:
    """
    Do something in Twisted's reactor that reads lines from standard input.
    """

    def line() -> Deferred[bytes]:
        return deferToThread(sys.stdin.buffer.readline)

    react(lambda _: Deferred.fromCoroutine(work(line)))
