"""A simulated master process: the real engine, and polls of what it holds."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from headwater.blocking import Store
from headwater.cluster.claim import Claim
from headwater.cluster.engine import Engine
from headwater.errors import ClaimLostError, DatabaseError, HeadwaterError
from tests.simulation.polling import (
    Cancellation,
    CancelledError,
    Polling,
    Repository,
    SimulatedStore,
    poller_of,
)
from tests.simulation.registry import SimulatedDatabase
from tests.simulation.scheduler import Signal

if TYPE_CHECKING:
    from tests.simulation.host import Host
    from tests.simulation.world import World


class Process:
    """
    A master on a host of its own.

    Args:
        world: where it lives.
        host: on which it runs.
        given_name: of the master.
    """

    def __init__(self, world: World, host: Host, given_name: str) -> None:
        self.host = host
        self.given_name = given_name
        self.is_leaving = False
        self._world = world
        self._chance = random.Random(f"{world.seed} {host.name}")
        self._database = SimulatedDatabase(world.server, host, world.evidence)
        self._begun = Signal(world.scheduler)
        self._polls: dict[int, tuple[Polling, Signal]] = {}
        self.engine = Engine(
            Store(self._database), name=given_name, kinds=["git"], on_gain=self._gained, on_lose=self._lost
        )

    def start(self) -> None:
        """
        Join as soon as the database lets it.
        """
        self._world.scheduler.spawn(self.host, self._begin)

    def leave(self) -> None:
        """
        Stop everything, give everything back, and exit.
        """
        self.is_leaving = True
        self._world.scheduler.spawn(self.host, self._end)

    def crash(self) -> None:
        """
        End without a word.
        """
        self._world.gone(self.host)

    def _begin(self) -> None:
        while not self.is_leaving:
            try:
                self.engine.start()
            except HeadwaterError:
                self._world.scheduler.sleep(1)
            else:
                break
        self._begun.set()

    def _end(self) -> None:
        self._begun.wait()
        for polling, _ in self._polls.values():
            polling.cancellation.cancel()
        for _, ended in list(self._polls.values()):
            ended.wait()
        try:
            self.engine.stop()
        except DatabaseError as error:
            self._world.note("left so", self.given_name, error)
        self._world.gone(self.host)

    def _gained(self, claim: Claim) -> None:
        if self.is_leaving:
            return
        before = self._polls.get(claim.fence.source)
        world, scheduler = self._world, self._world.scheduler
        cancellation = Cancellation(scheduler, self.host)
        repository = Repository(scheduler, world.period, lambda: cancellation.wait(self._look_seconds()))
        poller = poller_of(claim, repository, SimulatedStore(self._database, cancellation))
        polling = Polling(claim, poller, cancellation, interval=world.interval * self._chance.uniform(0.9, 1))
        ended = Signal(scheduler)
        self._polls[claim.fence.source] = (polling, ended)
        scheduler.spawn(self.host, lambda: self._run(polling, ended, before))

    def _lost(self, claim: Claim, why: str) -> None:
        self._world.note("lose", self.host, claim.fence.source, claim.token, why)
        held = self._polls.get(claim.fence.source)
        if held is not None:
            held[0].cancellation.cancel()

    def _run(self, polling: Polling, ended: Signal, before: tuple[Polling, Signal] | None) -> None:
        claim = polling.claim
        world = self._world
        try:
            if before is not None:
                before[0].cancellation.cancel()
                before[1].wait()
            world.note("begin", self.host, claim.fence.source, claim.token)
            if not polling.cancellation.is_cancelled:
                polling.run()
        except ClaimLostError:
            if claim.may_act:
                self.engine.lost(claim)
        except CancelledError:
            # Whatever the poll had started takes its time to end.
            world.scheduler.sleep(self._chance.choice((0.0, 0.01, 0.3, 2.0)))
        world.note("end", self.host, claim.fence.source, claim.token)
        ended.set()
        self.engine.stopped(claim)

    def _look_seconds(self) -> float:
        return self._chance.choice((0.02, 0.2, 0.2, 1.0, 4.0))
