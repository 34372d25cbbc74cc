"""Draw from the seed what goes wrong, and when."""

from __future__ import annotations

import random
from collections.abc import Collection

from tests.simulation.databasefaults import DatabaseFaults
from tests.simulation.desk import Desk
from tests.simulation.hostfaults import HostFaults
from tests.simulation.world import World


class Faults:
    """
    Everything that can go wrong in a world.

    Args:
        world: in which.
        chance: decides which, when and for how long.
        sources: that there are.
    """

    def __init__(self, world: World, chance: random.Random, sources: list[int]) -> None:
        self.hosts = HostFaults(world, chance)
        self.database = DatabaseFaults(world, chance)
        self.desk = Desk(world, chance, sources)
        self._chance = chance

    def draw(self, *, begin: float, end: float, only: Collection[str] = ()) -> None:
        """
        Plan one misfortune.

        Args:
            begin: when it begins at the earliest.
            end: and at the latest.
            only: names of kinds; none are all.
        """
        kinds = [*self.hosts.kinds(), *self.database.kinds(), *self.desk.kinds()]
        kind = self._chance.choice([one for one in kinds if not only or one.__name__ in only] or kinds)
        self.hosts.later(self._chance.uniform(begin, end), kind)
