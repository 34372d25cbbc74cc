"""One simulated world: its hosts, its database, its processes, and what is kept of all that happens."""

from __future__ import annotations

import random
from typing import Any

from headwater.cluster.claim import Claim
from tests.simulation.evidence import Evidence
from tests.simulation.host import Host
from tests.simulation.process import Process
from tests.simulation.scheduler import Scheduler
from tests.simulation.server import Nature, Server
from tests.simulation.tables import Tables

OPERATORS = "desk"
"""The machine at which operators are."""


class World:
    """
    Everything that one run consists of.

    Args:
        seed: decides everything.
        tables: an empty database.
        nature: what kind of database that is.
        period: seconds between two moves of a repository.
        interval: seconds between two polls of it.
    """

    def __init__(self, seed: int, tables: Tables, *, nature: Nature, period: float, interval: float) -> None:
        self.seed = seed
        self.period = period
        self.interval = interval
        self.healed_at = 0.0
        """When the last fault is over."""
        self.unwell: list[tuple[Host | None, float, float]] = []
        """Who was hit alone by a fault that can keep it from beating, None being anybody, and from when until when."""
        self.silent: list[tuple[float, float]] = []
        """When nobody could be sure to beat."""
        self.evidence = Evidence()
        self.scheduler = Scheduler()
        self.chance = random.Random(f"{seed} world")
        self.server = Server(
            self.scheduler, tables, self.evidence, nature=nature, chance=random.Random(f"{seed} server")
        )
        self.hosts: list[Host] = []
        self.processes: list[Process] = []

    def add(self, given_name: str, *, machine: str) -> Process:
        """
        Start a process on a host of its own.
        """
        number = len(self.hosts) + 1
        host = Host(
            f"{given_name}/{number}",
            offset=self.chance.uniform(0, 1e6),
            rate=self.chance.uniform(0.99, 1.01),
            pid=1000 + number,
            machine=machine,
        )
        self.hosts.append(host)
        process = Process(self, host, given_name)
        self.processes.append(process)
        self.note("start", host)
        process.start()
        return process

    def heal_after(self, seconds: float) -> None:
        """
        Take note that something is wrong for so long.
        """
        self.healed_at = max(self.healed_at, self.scheduler.now + seconds)

    @property
    def is_well(self) -> bool:
        """
        Whether every fault is over, and no operator is still at what may bring another one.
        """
        at_work = any(host.machine == OPERATORS and not host.is_dead for host in self.hosts)
        return self.scheduler.now >= self.healed_at and not at_work

    def gone(self, host: Host) -> None:
        """
        Let a process be no more; its transactions end as those of a lost client do.
        """
        self.note("gone", host)
        host.is_dead = True
        self.server.listeners[:] = [ear for ear in self.server.listeners if ear[0] is not host]
        self.scheduler.kill(host)
        for line in self.server.lines_of(host):
            if line.is_open:
                # Its locks go when the server notices.
                self.silent.append((self.scheduler.now, self.scheduler.now + 6.0))
            line.cut_soon()

    def checked(self, claim: Claim, passed: bool) -> None:  # noqa: FBT001 - the answer of a check
        """
        Keep that somebody asked whether it may act.
        """
        self.note("act" if passed else "refused", self.scheduler.host, claim.fence.source, claim.token)

    def note(self, kind: str, *details: Any) -> None:  # noqa: ANN401 - whatever there is to be said
        """
        Keep what happened.
        """
        self.evidence.note(self.scheduler.now, kind, *details)

    def living(self) -> list[Process]:
        """
        Return the processes that are there and mean to stay.
        """
        return [process for process in self.processes if not process.host.is_dead and not process.is_leaving]

    def is_leaving(self, host: Host) -> bool:
        """
        Tell whether the process of a host ends by itself.
        """
        return any(process.is_leaving for process in self.processes if process.host is host)
