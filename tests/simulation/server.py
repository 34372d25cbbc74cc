"""The simulated database: who may write, how long answers take, and everything that can be wrong with it."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from tests.simulation.evidence import Evidence
from tests.simulation.host import Host
from tests.simulation.scheduler import Scheduler, Signal
from tests.simulation.tables import Tables

if TYPE_CHECKING:
    from tests.simulation.line import Line

_EPOCH = 1_700_000_000.0


@dataclass(frozen=True)
class Nature:
    """
    What kind of database it is.
    """

    latency: float
    """Mean seconds of the way there, and of the way back."""
    lock_patience: float
    """Seconds that a statement waits for a lock."""
    deadline: float
    """Seconds after which the client gives a statement up, and its connection."""
    notifies: bool
    """Whether it tells all masters at once what has become free."""
    is_server: bool
    """Whether there is a network, and a server that rolls idle transactions back; else it is a file."""


class Server:
    """
    Carries out statements one at a time, for lines that wait for each other's write lock.
    """

    def __init__(
        self, scheduler: Scheduler, tables: Tables, evidence: Evidence, *, nature: Nature, chance: random.Random
    ) -> None:
        self.scheduler = scheduler
        self.tables = tables
        self.nature = nature
        self.chance = chance
        self.is_away = False
        self.hangs = False
        """Whether it is away without saying so: nothing is refused, nothing answered."""
        self.jump = 0.0
        """Seconds that somebody has set its clock forward."""
        self.loss = 0.0
        """The share of commits whose answer is lost."""
        self.is_stalled = False
        """Whether somebody else holds the write lock for long, or waits to."""
        self.rows_are_locked = False
        """Whether somebody else has locked the rows of all claims."""
        self.cut_off: set[Host] = set()
        """Hosts that cannot reach it."""
        self.ambushes: dict[Host, tuple[str, Callable[[], None]]] = {}
        """What happens to a host once it has been carried out what it asked, and before it knows: only if asked so."""
        self.slow: dict[Host | None, float] = {}
        """Mean seconds that a statement takes longer, for one host or, under None, for all."""
        self.listeners: list[tuple[Host, Callable[[], object]]] = []
        self.lines: list[Line] = []
        self.holder: object | None = None
        """Who holds the write lock."""
        self._evidence = evidence
        self._freed = Signal(scheduler)
        tables.now = self.now

    def now(self) -> int:
        """
        Return the database's time in milliseconds.
        """
        return int((_EPOCH + self.jump + self.scheduler.now) * 1000)

    def lock(self, holder: object, patience: float) -> bool:
        """
        Wait for the write lock; tell whether it was had.
        """
        deadline = self.scheduler.now + patience
        while self.holder is not None:
            left = deadline - self.scheduler.now
            if left <= 0:
                return False
            self._freed.wait(left)
            self.scheduler.sleep(self.chance.uniform(0.0001, 0.002))
        self.holder = holder
        return True

    def unlock(self) -> None:
        """
        Give the write lock back.
        """
        self.holder = None
        self._freed.pulse()

    def commit(self) -> None:
        """
        Commit what the holder of the lock wrote; from now on it has happened.
        """
        self.tables.writer.execute("COMMIT")
        self.tell()
        self.unlock()

    def roll_back(self) -> None:
        """
        Undo what the holder of the lock wrote.
        """
        self.tables.writer.execute("ROLLBACK")
        self.tables.told.clear()
        self.unlock()

    def tell(self) -> None:
        """
        Put into evidence what was committed, and wake who listens.
        """
        told = self.tables.told
        wakes = False
        for kind, *details in told:
            if kind == "wake":
                wakes = True
            else:
                self._evidence.note(self.scheduler.now, kind, *details)
        told.clear()
        if wakes and not self.is_away:
            for host, wake in self.listeners:
                seconds = self.chance.expovariate(1 / self.nature.latency)
                self.scheduler.after(seconds, partial(_call, wake), host)

    def go_away(self, *, hangs: bool) -> None:
        """
        Stop answering; what was not committed is undone.
        """
        self.is_away, self.hangs = True, hangs
        for line in self.lines:
            line.cut()

    def come_back(self) -> None:
        """
        Answer again.
        """
        self.is_away = False

    def land_later(self, seconds: float) -> None:
        """
        Commit what the holder of the lock wrote though nobody waits for it; until then it keeps its locks.
        """
        ghost = object()
        self.holder = ghost
        self.scheduler.after(seconds, lambda: self.commit() if self.holder is ghost else None)

    def hurry_up(self, host: Host | None) -> None:
        """
        End the slowness of a host, or of all.
        """
        self.slow.pop(host, None)

    def lines_of(self, host: Host) -> list[Line]:
        """
        Return the connections of a host.
        """
        return [line for line in self.lines if line.host is host]

    def stall(self, seconds: float) -> None:
        """
        Let somebody else hold the write lock for a while: reads go on, writes do not.
        """
        outsider = object()
        if self.lock(outsider, float("inf")):
            self.scheduler.sleep(seconds)
            self.unlock()
            self.is_stalled = False


def _call(wake: Callable[[], object]) -> None:
    wake()
