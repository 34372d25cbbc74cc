"""
Many masters and very many sources in one process: what it takes to share them, and to take over.

    python -m bench.crowd [--masters 50] [--sources 100000]
"""

from __future__ import annotations

import argparse
import json
import threading
import time
from collections.abc import Mapping, Sequence

from sqlalchemy import create_engine, text

from bench.databases import server
from bench.ticks import Count, counted
from headwater import Store
from headwater.cluster.engine import Engine
from headwater.cluster.plan import Situation, plan
from headwater.cluster.timing import Timing
from headwater.store.engine import parse
from headwater.values import Peer, Share

_TIMING = Timing(quiet=3)
"""As usual, but for the half minute that nobody must have come or gone before sources move for fairness."""

_SOURCES = """
    INSERT INTO changesources (id, name, name_hash)
    SELECT i, 'source ' || i, 'hash ' || i FROM generate_series(1, {n}) i;
    INSERT INTO source_settings (changesourceid, kind, url, claimable_at)
    SELECT i, 'git', 'https://git.example/r.git', 1 FROM generate_series(1, {n}) i;
    ANALYZE"""


class Crowd:
    """
    Masters, each with its own threads, on one store.

    Args:
        store: of all of them.
        sources: how many there are.
        count: counts what is asked of the database.
    """

    def __init__(self, store: Store, sources: int, count: Count) -> None:
        self._store = store
        self._sources = sources
        self._count = count
        self.engines: list[Engine] = []

    def join(self) -> None:
        """
        Add a master under whose claims nothing runs.
        """
        engine = Engine(
            self._store,
            name=f"m{len(self.engines)}",
            kinds=["git"],
            timing=_TIMING,
            on_lose=lambda claim, _: engine.stopped(claim),
        )
        engine.start()
        self.engines.append(engine)

    def crash(self) -> None:
        """
        Let a master fall silent, as one that was killed.
        """
        self.engines.pop()._stopping.set()  # noqa: SLF001 - there is no other way within one process

    def held(self) -> list[int]:
        """
        Return how many sources each master holds.
        """
        return [engine.membership.holdings.count("git") for engine in self.engines]

    def settle(self, what: str, *, evenly: bool = False) -> None:
        """
        Wait until all is held, and shared evenly if so asked; print what it took.
        """
        began, statements, rows = time.monotonic(), self._count.statements, self._count.rows
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
    Time one decision among very many masters and sources, without any database.
    """
    share: Mapping[str, Share] = {"git": Share(held=sources // masters)}
    peers = tuple(
        Peer(id=number, name=f"m{number}#1", given_name=f"m{number}", beat=1, shares=share)
        for number in range(1, masters + 1)
    )
    situation = Situation(
        me=masters // 2,
        peers=peers,
        held={"git": sources // masters},
        free=(),
        may_act=True,
        quiet_for=100,
        still_for=100,
    )
    times = 100
    began = time.perf_counter()
    for _ in range(times):
        plan(situation, _TIMING)
    milliseconds = (time.perf_counter() - began) * 1000 / times
    _say(step=f"plan, {masters:,} masters, {sources:,} sources", milliseconds=round(milliseconds, 2))


def _say(**figures: object) -> None:
    print(json.dumps(figures), flush=True)  # noqa: T201 - it is what this program is for


def main(arguments: Sequence[str] | None = None) -> None:
    """
    Share, join, leave, crash; print a line of JSON for each.
    """
    parser = argparse.ArgumentParser(prog="python -m bench.crowd")
    parser.add_argument("--masters", type=int, default=50)
    parser.add_argument("--sources", type=int, default=100_000)
    options = parser.parse_args(arguments)
    plan_alone(1_000, 1_000_000)
    with server("postgresql") as running:
        url = running.create("crowd")
        with Store(url) as store, counted() as count:
            tables = create_engine(parse(url))
            with tables.begin() as connection:
                connection.execute(text(_SOURCES.format(n=options.sources)))
            tables.dispose()
            crowd = Crowd(store, options.sources, count)
            for _ in range(options.masters):
                crowd.join()
            crowd.settle("claim all")
            crowd.settle("share evenly", evenly=True)
            crowd.idle(20)
            crowd.join()
            crowd.settle("one more has joined", evenly=True)
            crowd.engines.pop().stop()
            crowd.settle("one has left")
            crowd.settle("share evenly again", evenly=True)
            crowd.crash()
            crowd.settle("one has crashed")
            for engine in crowd.engines:
                engine.stop()


if __name__ == "__main__":
    main()
