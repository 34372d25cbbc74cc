"""One trial: a cluster, faults for a while, healing, and everything that was wrong."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from time import monotonic
from typing import Any

from headwater import Store
from headwater.store import questions
from tests.databases import Server
from tests.failover.chaos import Chaos
from tests.failover.checker import (
    Past,
    double_acts,
    idle_at_the_end,
    lost_or_doubled,
    shared_tokens,
    unordered_tokens,
)
from tests.failover.events import events

_RECOVERY = 60.0
"""Seconds after the last fault in which every source must be acted for again."""

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
    wrong = _wrong(url, folder)
    happened = events(folder)
    idle = idle_at_the_end(happened, chaos.sources, healed)
    wrong += [f"source {source} did not run again" for source in idle]
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


def _wrong(url: str, folder: Path) -> list[str]:
    happened = events(folder)
    with Store(url) as store:
        left = [f"source {source.id} is still claimed" for source in store.sources(active=True)]
        mismatches = [f"claim and history of source {id_} differ" for id_ in store.ask(questions.mismatches())]
        pasts = [
            Past(source.id, past.token, past.until, past.why)
            for source in store.sources()
            for past in store.ask(questions.history(store.database.limits, source.id, most=10_000))
        ]
        changes = all_changes(store)
    return [
        *double_acts(happened, {past.token for past in pasts if past.why == "forced"}),
        *shared_tokens(happened),
        *unordered_tokens(pasts),
        *lost_or_doubled(changes),
        *mismatches,
        *left,
    ]


def all_changes(store: Store) -> list[tuple[int, str, str]]:
    """
    Return source, before and after of every change, in the order of the feed.
    """
    found: list[tuple[int, str, str]] = []
    after = 0
    while page := store.changes(after=after, most=1000):
        after = page[-1].number
        found += [(change.source, change.before or "", change.after or "") for change in page]
    return found
