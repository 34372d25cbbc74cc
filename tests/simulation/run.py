"""Run one seed: draw a cluster and its misfortunes, let them happen, judge what came of it."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cache, partial

from headwater.blocking import Store
from headwater.cluster.timing import Timing
from headwater.values import Settings
from tests.simulation.checker import Judge
from tests.simulation.evidence import Event
from tests.simulation.faults import Faults
from tests.simulation.host import Host
from tests.simulation.linear import problems
from tests.simulation.registry import SimulatedDatabase
from tests.simulation.server import Nature
from tests.simulation.standins import installed
from tests.simulation.tables import Tables
from tests.simulation.world import World

_BEGIN = 6.0
"""Seconds until the first fault: the cluster has come together then."""
_END = 36.0
"""Seconds until the last fault begins."""
_TIMING = Timing()
_HEALED = (
    # What was asked before the fault was over may wait for its answer in vain, and only then comes a heartbeat.
    _TIMING.statement
    # The others see the last heartbeat of a master that has died when they look, and wait from then on.
    + _TIMING.heartbeat
    + _TIMING.expiry
    # Whoever has missed the end of that time looks again with its next heartbeat.
    + _TIMING.heartbeat
    # The life is ended, its sources are claimed, and polls of them begin.
    + 1.0
    # A poll that is told to stop, because its source was claimed anew, takes its time (tests/simulation/process.py).
    + 2.0
)
"""Seconds after the last fault by which everything runs again."""
_LOOKS, _BETWEEN = 3, 3.5
"""How often, and after how many seconds, it is looked again at what was on its way from one master to another."""

CRASHED = "the code under test ended with"
"""How a line begins of what is no broken promise that a checker names, but an error that nobody expected."""

_NOISE, _LAST = {"beaten", "act", "refused"}, 60
"""What is not shown of a run that failed, and how much is."""

Story = Callable[[World, list[int]], list[str]]
"""Lets things happen in a world with these sources; returns what it finds wrong by itself."""


@dataclass(frozen=True)
class Verdict:
    """
    What became of one seed.
    """

    seed: int
    faults: list[str]
    events: list[Event]


@cache
def tables() -> Tables:
    """
    Return the database of this process.
    """
    return Tables()


def run(seed: int, story: Story | None = None, *, sources: int | None = None) -> Verdict:
    """
    Run one seed.

    Args:
        seed: decides everything.
        story: what happens, instead of misfortunes drawn from the seed.
        sources: how many there are, instead of a few.
    """
    chance = random.Random(f"{seed} story")
    world = World(seed, tables(), nature=_nature(chance), period=chance.uniform(2, 8), interval=chance.uniform(4, 9))
    tables().empty()
    was_disabled = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with installed(world.scheduler, world.hosts, chance=random.Random(f"{seed} code"), on_check=world.checked):
            try:
                found = (story or misfortunes)(world, _sources(world, sources or chance.choice((1, 1, 2, 3, 6))))
            except Exception as error:  # noqa: BLE001 - whatever it is, it was not expected
                world.note("error", repr(error))
                found = [f"{world.scheduler.now:.4f}: {CRASHED} {error!r}"]
            world.scheduler.finish()
    finally:
        logging.disable(was_disabled)
    judge = Judge(world)
    found = [*judge.judge(), *found]
    given = {token: (source, judge.holder[token]) for token, source in judge.source.items()}
    found += problems(world.evidence.operations, set(judge.source.values()), given)
    return Verdict(seed, found, world.evidence.events)


def misfortunes(world: World, sources: list[int], *, only: Collection[str] = ()) -> list[str]:
    """
    Let things go wrong that are drawn from the seed, then look whether all has healed.
    """
    chance = random.Random(f"{world.seed} faults")
    for number in range(chance.choice((2, 2, 2, 3, 3, 4, 5))):
        machine = chance.choice((f"rack{number}", "shared"))
        world.scheduler.after(chance.uniform(0, 3), partial(world.add, f"m{number}", machine=machine))
    faults = Faults(world, chance, sources)
    for _ in range(chance.choice((1, 1, 2, 2, 3, 4, 6))):
        faults.draw(begin=_BEGIN, end=_END, only=only)
    world.scheduler.run_until(_END)
    while not world.is_well:
        world.scheduler.run_until(max(world.healed_at, world.scheduler.now + 1))
    if not world.living():
        world.add("rescuer", machine="elsewhere")
    world.note("healed")
    world.scheduler.run_until(world.scheduler.now + _HEALED)
    if late := _late(world, sources):
        return late
    found = at_rest(world, sources)
    for _ in range(_LOOKS):
        if not found:
            break
        world.scheduler.run_until(world.scheduler.now + _BETWEEN)
        found = at_rest(world, sources)
    return found


def _late(world: World, sources: list[int]) -> list[str]:
    """
    Tell which sources nobody has claimed in the promised time, but for those that were just given to another master.
    """
    judge = Judge(world)
    judge.judge()
    newest = {source: token for token, source in sorted(judge.source.items())}
    given = {source for source, token in newest.items() if judge.why.get(token) in {"handed over", "released"}}
    return [
        f"source {id_} is claimed by nobody {_HEALED:g} s after the last fault"
        for id_ in sources
        if id_ not in judge.open and id_ not in given
    ]


def at_rest(world: World, sources: list[int]) -> list[str]:
    """
    Tell what is wrong in a world in which nothing has happened for a while: every source is to be run.
    """
    judge = Judge(world)
    judge.judge()
    found = [f"source {id_} is run by nobody" for id_ in sources if not _is_run(judge, id_)]
    claims = dict(world.server.tables.reader.execute("SELECT changesourceid, masterid FROM changesource_masters"))
    if claims != {source: judge.holder[token] for source, token in judge.open.items()}:
        found.append(f"claims {claims} and history {judge.open} differ")
    for process in world.living():
        held = {claim.fence.source: claim.token for claim in process.engine.membership.holdings.claims()}
        master = process.engine.master
        theirs = {source: token for source, token in judge.open.items() if master and judge.holder[token] == master.id}
        if held != theirs:
            found.append(f"{process.host} believes to hold {held}, and holds {theirs}")
    return found


def _is_run(judge: Judge, source: int) -> bool:
    token = judge.open.get(source)
    return any((where, held) == (source, token) for _, where, held in judge.running)


def _sources(world: World, number: int) -> list[int]:
    host = Host("setup", offset=0.0, rate=1.0, pid=1, machine="desk")
    store = Store(SimulatedDatabase(world.server, host, world.evidence))
    ids: list[int] = []

    def set_up() -> None:
        ids.extend(store.register(f"source {one}" for one in range(number)).values())
        for id_ in ids:
            store.configure(id_, Settings(kind="git", url="https://git.example"))

    world.scheduler.spawn(host, set_up)
    world.scheduler.run_until(1)
    return ids


def _nature(chance: random.Random) -> Nature:
    latency = 0.0003 * 100 ** chance.random()
    if chance.random() < 1 / 3:
        return Nature(latency=latency, lock_patience=5.0, deadline=1e9, notifies=False, is_server=False)
    notifies = chance.random() < 1 / 2
    return Nature(latency=latency, lock_patience=1.2, deadline=2.0, notifies=notifies, is_server=True)


def told(verdict: Verdict, *, everything: bool = False) -> str:
    """
    Return what was wrong with a seed, and what had happened last.
    """
    events = verdict.events if everything else [event for event in verdict.events if event.kind not in _NOISE][-_LAST:]
    lines = [*map(str, events), f"seed {verdict.seed}: python -m tests.simulation --seed {verdict.seed} --trace"]
    return "\n".join([*lines, *(f"    {fault}" for fault in verdict.faults)])
