"""What every misfortune needs: whom it can hit, for how long, and the excuses that it gives."""

from __future__ import annotations

import random
from collections.abc import Callable

from tests.simulation.host import Host
from tests.simulation.process import Process
from tests.simulation.world import World

Kind = Callable[[], float]
"""Lets a misfortune begin; returns the seconds after which it is over."""


class Misfortune:
    """
    Makes things go wrong in a world.

    Args:
        world: in which.
        chance: decides how and for how long.
    """

    def __init__(self, world: World, chance: random.Random) -> None:
        self.world = world
        self.chance = chance

    def kinds(self) -> list[Kind]:
        """
        Return what can go wrong here, the more likely more than once.
        """
        raise NotImplementedError

    def later(self, seconds: float, kind: Callable[[], float]) -> None:
        """
        Have something begin later; the world is not healed before it is over.
        """
        self.world.heal_after(seconds)
        self.world.scheduler.after(seconds, lambda: self.world.heal_after(kind()))

    def slow_down(self, host: Host | None) -> float:
        """
        Let the statements of a host, or of all, take long.
        """
        server, seconds = self.world.server, self.seconds(1, 20)
        mean = self.seconds(0.02, 2)
        if host is not None:
            self.unwell(host, seconds + 4, f"is slow by {mean:.2f} s")
        else:
            self.world.note("fault", "the database", f"is slow by {mean:.2f} s", f"for {seconds:.1f} s")
            self.world.unwell.append((None, self.world.scheduler.now, self.world.scheduler.now + seconds + 4))
        # Who is slow holds locks for long.
        self.silence(seconds + 4)
        server.slow[host] = mean
        self.world.scheduler.after(seconds, lambda: server.hurry_up(host))
        return seconds + 4.0

    def silence(self, seconds: float) -> None:
        """
        Excuse everybody who does not beat for so long.
        """
        now = self.world.scheduler.now
        self.world.silent.append((now, now + seconds))

    def unwell(self, host: Host, seconds: float, why: str) -> None:
        """
        Excuse a host that does not beat for so long; it may be given up, too.
        """
        now = self.world.scheduler.now
        self.world.note("fault", host, why, f"for {seconds:.1f} s")
        self.world.unwell.append((host, now, now + seconds))

    def somebody(self) -> Process | None:
        """
        Draw whom it hits.
        """
        living = self.world.living()
        return self.chance.choice(living) if living else None

    def seconds(self, least: float, most: float) -> float:
        """
        Draw a time, short ones as often as long ones.
        """
        return float(least * (most / least) ** self.chance.random())
