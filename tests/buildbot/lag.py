"""How late the reactor of a Buildbot master is at most: imported by the master.cfg of a trial."""

from __future__ import annotations

import resource
from pathlib import Path

from buildbot.util.service import BuildbotService
from twisted.internet.defer import Deferred
from twisted.internet.task import LoopingCall

from headwater.clock import boot_seconds

_EVERY = 0.02


class Lag(BuildbotService):  # type: ignore[misc] # Buildbot has no types
    """
    Writes into the file `lag` the seconds by which a call came too late, and the MiB in memory, whenever one grows.
    """

    def startService(self) -> Deferred[None]:  # noqa: N802 - Twisted's name
        """
        Begin to look.
        """
        self._most = (0.0, 0)
        self._last = boot_seconds()
        self._calls = LoopingCall(self._look)
        self._calls.start(_EVERY, now=False)
        return super().startService()  # type: ignore[no-any-return] # of Buildbot

    def _look(self) -> None:
        now = boot_seconds()
        late, self._last = now - self._last - _EVERY, now
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        if late > self._most[0] + 0.01 or memory > self._most[1] + 5:
            self._most = (max(late, self._most[0]), max(memory, self._most[1]))
            with (Path(self.master.basedir) / "lag").open("a") as file:
                file.write(f"{self._most[0]:.3f} {self._most[1]}\n")
