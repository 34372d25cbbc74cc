"""Change sources that write down when they poll, for the master.cfg of the tests' masters."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from buildbot.changes.base import ReconfigurablePollingChangeSource
from buildbot.changes.gitpoller import GitPoller
from twisted.internet import reactor
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.task import deferLater

from headwater.clock import boot_seconds


class _WritesItDown:
    """
    A poll lasts as much longer as the file `slow` in the master's folder says, in seconds.
    """

    name: str
    master: Any

    def poll(self) -> Deferred[None]:
        """
        Poll, between two lines in the diary.
        """
        return Deferred.fromCoroutine(self._poll(super().poll))  # type: ignore[misc] # of the other base class

    async def _poll(self, poll: Any) -> None:  # noqa: ANN401 - Buildbot has no types
        self._write("began")
        slow = Path(self.master.basedir) / "slow"
        if slow.exists():
            await deferLater(reactor, float(slow.read_text()))
        try:
            await maybeDeferred(poll)
        finally:
            self._write("ended")

    def _write(self, what: str) -> None:
        line = json.dumps({"at": boot_seconds(), "what": what, "source": self.name})
        with (Path(self.master.basedir) / "diary").open("a") as diary:
            diary.write(line + "\n")


class Probe(_WritesItDown, ReconfigurablePollingChangeSource):  # type: ignore[misc] # Buildbot has no types
    """
    Looks at nothing.
    """


class ProbedGit(_WritesItDown, GitPoller):  # type: ignore[misc] # Buildbot has no types
    """
    Buildbot's own poller of git repositories.
    """


def hurry(*, heartbeat: float, expiry: float) -> None:
    """
    Have Buildbot's minutes be seconds in this process: called from master.cfg, before the heartbeat starts.
    """
    from buildbot.data import masters  # noqa: PLC0415 - only for those who ask
    from buildbot.master import internet  # noqa: PLC0415

    masters.EXPIRE_MINUTES = expiry / 60
    start = internet.TimerService.startService

    def start_fast(timer: Any) -> Any:  # noqa: ANN401 - Twisted's
        timer.step = heartbeat if timer.step == 60 else timer.step
        return start(timer)

    internet.TimerService.startService = start_fast
