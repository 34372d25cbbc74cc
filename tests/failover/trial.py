"""One trial: a cluster, faults for a while, healing, and everything that was wrong."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from time import monotonic
from typing import Any

from tests.databases import Server
from tests.failover.chaos import TIMING, Chaos
from tests.failover.checker import (
    double_acts,
    idle_at_the_end,
    lost_or_doubled,
    promised,
    shared_tokens,
    stale_writes,
    taken_from_the_living,
    unordered_tokens,
)
from tests.failover.events import Event, events
from tests.failover.faults import Fault, ended_in_health
from tests.failover.tables import Tables

_RECOVERY = TIMING.statement + promised(TIMING)
"""
Seconds after the last fault in which every source must be acted for again.

A statement that was sent before may wait for its answer in vain, and only then does its master see the others.
"""

_SAMPLES = 5


def trial(server: Server, folder: Path, *, seconds: float, seed: int, restarts: int = 0) -> dict[str, Any]:
    """
    Run one trial, and return the verdict.

    Args:
        server: for a database of its own; it is killed and restarted.
        folder: for the diaries.
        seconds: how long faults of all sorts are done.
        seed: of everything random.
        restarts: how often the server is restarted before that, and nothing else.
    """
    url = server.create("chaos")
    chaos = Chaos(server, url, folder, seed=seed)
    try:
        chaos.wait_until_all_act()
        chaos.restart_server(restarts)
        chaos.go_on_for(seconds)
        healed = chaos.heal()
        recovered = _wait_until_all_run(folder, chaos.sources, healed)
    finally:
        codes = chaos.stop()
    happened = events(folder)
    wrong = _wrong(url, happened, chaos.faults.done())
    if recovered is None:
        idle = idle_at_the_end(happened, chaos.sources, healed)
        wrong += [f"not all ran again within {_RECOVERY:g} s; at the end, these did not: {idle}"]
    # One that has hardly begun is ended by the signal itself.
    wrong += [f"a worker ended with {code}" for code in codes if code not in {0, -signal.SIGTERM}]
    return {
        "database": server.kind,
        "seed": seed,
        "faults": dict(sorted(chaos.done.items())),
        "answers_lost": chaos.lost_answers,
        "missed": chaos.missed(),
        "acts": sum(event.what == "acted" for event in happened),
        "claims": sum(event.what == "gained" for event in happened),
        "lives_ended_by_others": len({event.why for event in happened if event.what == "expired"}),
        "recovered_after": recovered,
        "violations": len(wrong),
        "samples": wrong[:_SAMPLES],
    }


def _wait_until_all_run(folder: Path, sources: list[int], since: float) -> float | None:
    began = monotonic()
    pause = threading.Event()
    while monotonic() - began < _RECOVERY:
        if not idle_at_the_end(events(folder), sources, since):
            return round(monotonic() - began, 1)
        pause.wait(0.2)
    return None


def _wrong(url: str, happened: list[Event], faults: list[Fault]) -> list[str]:
    tables = Tables(url)
    return [
        *double_acts(happened, {past.token for past in tables.pasts if past.why == "forced"}),
        *shared_tokens(happened),
        *unordered_tokens(tables.pasts),
        *stale_writes(tables.written, tables.pasts),
        *taken_from_the_living(tables.pasts, tables.ended()),
        *ended_in_health(tables.ended_by_others(happened), faults, TIMING),
        *lost_or_doubled(tables.changes),
        *(f"claim and history of source {id_} differ" for id_ in tables.mismatches),
        *(f"source {id_} is still claimed" for id_ in tables.left),
    ]
