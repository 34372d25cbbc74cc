"""
Many masters and very many sources in one process: what it takes to share them, and to take over.

    python -m bench.crowd [--masters 50] [--sources 100000] [--planned-masters 1000] [--planned-sources 1000000]
"""

from __future__ import annotations

import argparse
import json
import threading
import time
from collections.abc import Callable, Sequence

from sqlalchemy import create_engine, text

from bench.decisions import Rounds
from bench.ticks import Count, counted
from headwater import Store
from headwater.cluster.engine import Engine
from headwater.cluster.timing import Timing
from headwater.store.engine import parse
from tests.databases import KINDS

_TIMING = Timing(quiet=3)
"""As usual, but for the half minute that nobody must have come or gone before sources move for fairness."""

# A thousand have become free in the same millisecond, as when they are registered.
_SOURCES = """
    INSERT INTO changesources (id, name, name_hash)
    SELECT i, 'source ' || i, 'hash ' || i FROM generate_series(1, {n}) i;
    INSERT INTO source_settings (changesourceid, kind, url, claimable_at)
    SELECT i, 'git', 'https://git.example/r.git', extract(epoch FROM now()) * 1000 + i / 1000
    FROM generate_series(1, {n}) i;
    ANALYZE"""


_CONNECTIONS = 8
"""Of one master at the most: one for each lane of its store, and one on which it is woken."""


class Crowd:
    """
    Masters, each with the threads and the connections that it has in a process of its own.

    Args:
        url: of their database.
        sources: how many there are.
        count: counts what is asked of the database.
    """

    def __init__(self, url: str, sources: int, count: Count) -> None:
        self._url = url
        self._sources = sources
        self._count = count
        self.engines: list[Engine] = []
        self._stores: list[Store] = []

    def join(self) -> None:
        """
        Add a master under whose claims nothing runs.
        """
        store = Store(self._url)
        engine = Engine(
            store,
            name=f"m{len(self.engines)}",
            kinds=["git"],
            timing=_TIMING,
            on_lose=lambda claim, _: engine.stopped(claim),
        )
        engine.start()
        self.engines.append(engine)
        self._stores.append(store)

    def leave(self) -> None:
        """
        Let a master stop in good order.
        """
        self.engines.pop().stop()
        self._stores.pop().close()

    def crash(self) -> None:
        """
        Let a master fall silent, as one that was killed.
        """
        self.engines.pop()._stopping.set()  # noqa: SLF001 - there is no other way within one process
        self._stores.pop()

    def held(self) -> list[int]:
        """
        Return how many sources each master holds.
        """
        return [engine.membership.holdings.count("git") for engine in self.engines]

    def settle(self, what: str, *happening: Callable[[], None], evenly: bool = False) -> None:
        """
        Let things happen, wait until all is held, and shared evenly if so asked; print what it took.
        """
        began, statements, rows = time.monotonic(), self._count.statements, self._count.rows
        for each in happening:
            each()
        pause = threading.Event()
        while sum(held := self.held()) != self._sources or (evenly and max(held) - min(held) > 1):
            pause.wait(0.1)
        _say(
            step=what,
            seconds=round(time.monotonic() - began, 1),
            statements=self._count.statements - statements,
            rows=self._count.rows - rows,
            least=min(held),
            most=max(held),
        )

    def idle(self, seconds: float) -> None:
        """
        Count what is asked while nothing happens, for each tick of each master.
        """
        statements, rows = self._count.statements, self._count.rows
        threading.Event().wait(seconds)
        ticks = seconds / _TIMING.heartbeat * len(self.engines)
        _say(
            step="idle",
            statements_per_tick=round((self._count.statements - statements) / ticks, 1),
            rows_per_tick=round((self._count.rows - rows) / ticks, 1),
        )


def plan_alone(masters: int, sources: int) -> None:
    """
    Share very many sources among very many masters, without any database: by the decisions alone.
    """
    rounds = Rounds(masters, sources)
    who = f"{masters:,} masters, {sources:,} sources, by plan alone"
    _say(step=f"{who}: all have joined at once", **rounds.settle())
    rounds.join()
    _say(step=f"{who}: one more has joined", **rounds.settle())
    rounds.leave()
    _say(step=f"{who}: one has left", **rounds.settle())
    rounds.crash()
    _say(step=f"{who}: one has crashed", **rounds.settle())


def _say(**figures: object) -> None:
    print(json.dumps(figures), flush=True)  # noqa: T201 - it is what this program is for


def main(arguments: Sequence[str] | None = None) -> None:
    """
    Share, join, leave, crash; print a line of JSON for each.
    """
    parser = argparse.ArgumentParser(prog="python -m bench.crowd")
    parser.add_argument("--masters", type=int, default=50)
    parser.add_argument("--sources", type=int, default=100_000)
    parser.add_argument("--planned-masters", type=int, default=1_000, help="of those that only plan")
    parser.add_argument("--planned-sources", type=int, default=1_000_000)
    options = parser.parse_args(arguments)
    plan_alone(options.planned_masters, options.planned_sources)
    # More than the usual server has room for: each master has connections of its own.
    running = KINDS["postgresql"].start(max_connections=str(_CONNECTIONS * (options.masters + 2)))
    try:
        _together(running.create("crowd"), masters=options.masters, sources=options.sources)
    finally:
        running.stop()


def _together(url: str, *, masters: int, sources: int) -> None:
    Store(url).close()
    tables = create_engine(parse(url))
    with tables.begin() as connection:
        connection.execute(text(_SOURCES.format(n=sources)))
    tables.dispose()
    with counted() as count:
        crowd = Crowd(url, sources, count)
        crowd.settle("join, and claim all", *[crowd.join] * masters)
        crowd.settle("share evenly", evenly=True)
        crowd.idle(20)
        crowd.settle("one more joins", crowd.join, evenly=True)
        crowd.settle("one leaves", crowd.leave)
        crowd.settle("share evenly again", evenly=True)
        crowd.settle("one crashes", crowd.crash)
        while crowd.engines:
            crowd.leave()


if __name__ == "__main__":
    main()
