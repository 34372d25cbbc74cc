"""What an operator does: end a claim by force, drain a master for a while."""

from __future__ import annotations

import random
from collections.abc import Callable

from headwater.blocking import Store
from headwater.errors import HeadwaterError
from headwater.store import clustering
from tests.simulation.databasefaults import DatabaseFaults
from tests.simulation.host import Host
from tests.simulation.hostfaults import HostFaults
from tests.simulation.misfortune import Kind, Misfortune
from tests.simulation.registry import SimulatedDatabase
from tests.simulation.world import OPERATORS, World


class Desk(Misfortune):
    """
    Commands from a desk, each of which is tried until it works.

    Args:
        world: in which.
        chance: decides which source and for how long.
        sources: that there are.
    """

    def __init__(self, world: World, chance: random.Random, sources: list[int]) -> None:
        super().__init__(world, chance)
        self._hosts = HostFaults(world, chance)
        self._database = DatabaseFaults(world, chance)
        self._sources = sources

    def kinds(self) -> list[Kind]:
        """
        Return what can go wrong here, the more likely more than once.
        """
        return [self.force, self.drain, self.snatch, self.tease]

    def force(self) -> float:
        """
        Have an operator end a claim.
        """
        some = self.chance.sample(self._sources, self.chance.randint(1, len(self._sources)))
        self._operate(f"force {some}", lambda store: store.force_release(some))
        return 0.0

    def snatch(self) -> float:
        """
        End claims by force, and stop a master just when it is about to claim what has become free.
        """
        return self.force() + self._hosts.ambush("m.active, m.name")

    def tease(self) -> float:
        """
        End claims by force, and lock the rows before anybody can claim what has become free.
        """
        if self.world.server.nature.is_server:
            self._operate(
                "force all, and lock them",
                lambda store: store.force_release(self._sources),
                lambda _: self.world.heal_after(self._database.row_lock()),
            )
        return 0.0

    def drain(self) -> float:
        """
        Have an operator drain a master, and change their mind later.
        """
        process = self.somebody()
        if process is None:
            return 0.0
        name, seconds = process.given_name, self.seconds(2, 20)

        def ask(store: Store, *, is_draining: bool) -> None:
            store.ask(clustering.drain(store.database.limits, name, is_draining=is_draining))

        self._operate(
            f"drain {name} for {seconds:.1f} s",
            lambda store: ask(store, is_draining=True),
            lambda _: self._wait(seconds),
            lambda store: ask(store, is_draining=False),
        )
        return 0.0

    def _operate(self, what: str, *commands: Callable[[Store], object]) -> None:
        """
        Run commands on a host of the operator's, each again until it has worked.
        """
        world = self.world
        number = len(world.hosts) + 1
        host = Host(f"operator/{number}", offset=0.0, rate=1.0, pid=1000 + number, machine=OPERATORS)
        world.hosts.append(host)
        store = Store(SimulatedDatabase(world.server, host, world.evidence))

        def until_it_works(command: Callable[[Store], object]) -> None:
            while True:
                world.heal_after(5)
                try:
                    command(store)
                except HeadwaterError:
                    world.scheduler.sleep(2)
                else:
                    return

        def run() -> None:
            for command in commands:
                until_it_works(command)
            host.is_dead = True
            world.heal_after(5)

        world.note("fault", host, what)
        world.scheduler.spawn(host, run)

    def _wait(self, seconds: float) -> None:
        self.world.heal_after(seconds + 5)
        self.world.scheduler.sleep(seconds)
