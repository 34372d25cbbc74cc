"""Misfortunes and quiet times that are told on purpose, where chance would come to them too seldom."""

from __future__ import annotations

import random
from collections.abc import Callable

from tests.simulation.faults import Faults
from tests.simulation.run import at_rest
from tests.simulation.world import World

_MASTERS = 3
_TOGETHER = 50.0
"""Seconds after which a cluster has shared its sources out."""


def outage(world: World, sources: list[int]) -> list[str]:
    """
    The database is away for five minutes, and all masters live on: nobody is expired, nothing changes hands.
    """
    return _nothing_moves(world, sources, lambda faults: faults.database.away(300))


def stall(world: World, sources: list[int]) -> list[str]:
    """
    For twice the expiry time nothing can be written while reads go on: nobody is expired, nothing changes hands.
    """
    return _nothing_moves(world, sources, lambda faults: faults.database.stall(20))


def quiet(world: World, sources: list[int]) -> list[str]:
    """
    For ten minutes nothing happens: nothing changes hands.
    """
    return _nothing_moves(world, sources, lambda _: 600)


def newcomer(world: World, sources: list[int]) -> list[str]:
    """
    One more master joins: it gets its share, and no source moves that need not.
    """
    _together(world)
    before = _moves(world)
    world.add("newcomer", machine="elsewhere")
    world.scheduler.run_until(world.scheduler.now + 100)
    moves, fewest = _moves(world) - before, len(sources) // (_MASTERS + 1)
    found = [] if moves == fewest else [f"{moves} sources moved for a newcomer, and {fewest} had to"]
    return found + at_rest(world, sources)


def killed(world: World, sources: list[int]) -> list[str]:
    """
    A master is killed: within 15 s all that it ran runs elsewhere.
    """
    _together(world)
    faults = Faults(world, random.Random(world.seed), sources)
    world.scheduler.run_until(world.scheduler.now + random.Random(world.seed).uniform(0, 4))
    faults.hosts.crash(restarts=False)
    world.scheduler.run_until(world.scheduler.now + 15)
    return at_rest(world, sources)


def _together(world: World) -> None:
    for number in range(_MASTERS):
        world.add(f"m{number}", machine=f"rack{number}")
    world.scheduler.run_until(_TOGETHER)


def _nothing_moves(world: World, sources: list[int], happen: Callable[[Faults], float]) -> list[str]:
    _together(world)
    before = len([*world.evidence.of("opened", "closed", "ended", "joined")])
    faults = Faults(world, random.Random(world.seed), sources)
    world.scheduler.run_until(world.scheduler.now + happen(faults) + 40)
    after = [*world.evidence.of("opened", "closed", "ended", "joined")][before:]
    return [f"it moved: {event}" for event in after] + at_rest(world, sources)


def _moves(world: World) -> int:
    return sum(1 for _ in world.evidence.of("opened"))
