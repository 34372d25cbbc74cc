"""
How long sources stand still when a master is killed, and when one is stopped: real `headwater run`, real repositories.

A source is claimed when another master holds it, and it runs when a poll of it under that claim has come to its end.

    python -m tests.failover.takeover sqlite|postgresql|mariadb [--sources 300] [--kills 10] [--stops 5]
"""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from time import monotonic
from typing import NamedTuple

from sqlalchemy import create_engine, text

from headwater import Settings, Store
from headwater.identity import host
from headwater.store.engine import parse
from tests.databases import KINDS

_MASTERS = ("one", "two", "three")
_LIMIT = 60.0
"""Seconds after which nobody waits any longer."""


_POLLED = """
    SELECT c.changesourceid, c.checked_at
    FROM claim_history h JOIN conditions c ON c.changesourceid = h.changesourceid AND c.token = h.id
    WHERE h.until IS NULL AND c.checked_at >= h.since"""


class Took(NamedTuple):
    """
    The seconds from the end of a master until the last of its sources was claimed, and until the last one ran.
    """

    claimed: float
    runs: float


class Run:
    """
    A `headwater run` under a given name, started again after each end.
    """

    def __init__(self, name: str, url: str, folder: Path) -> None:
        self.name = name
        self._command: list[str | Path] = [
            Path(sys.executable).with_name("headwater"),
            *("--database", url, "run", "--name", name, "--poll", "60s", "--cache", folder / "cache" / name),
            folder / "0",
        ]
        self._log = folder / f"{name}.log"
        self.start()

    def start(self) -> None:
        """
        Begin a new life.
        """
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log)

    def end(self, how: signal.Signals) -> None:
        """
        Send a signal.
        """
        self._process.send_signal(how)

    def wait(self) -> int:
        """
        Wait until the process is gone.
        """
        return self._process.wait(_LIMIT)


class Trial:
    """
    Three masters on a database with many sources.

    Args:
        url: of the empty database.
        folder: for the repositories.
        sources: how many.
    """

    def __init__(self, url: str, folder: Path, sources: int) -> None:
        self._store = Store(url)
        self._tables = create_engine(parse(url))
        self._sources = sources
        _make_repositories(folder, sources)
        ids = self._store.register(f"source {number}" for number in range(1, sources))
        for number, id_ in enumerate(ids.values(), 1):
            self._store.configure(id_, Settings(kind="git", url=str(folder / str(number)), host=host()))
        self._runs = {name: Run(name, url, folder) for name in _MASTERS}
        self._wait_until_all_are_held_without(None)

    def time_of(self, how: signal.Signals) -> Took:
        """
        End the master that holds most, wait until the others run all, start it again; return the seconds.
        """
        masters = {master.id: master for master in self._store.masters()}
        (victim, _), *_ = Counter(source.holder for source in self._store.sources(active=True)).most_common()
        assert victim is not None
        held = {source.id for source in self._store.sources(master=victim)}
        run = self._runs[str(masters[victim].given_name)]
        # The server is on this host: its wall clock is ours.
        began, at = monotonic(), time.time()
        run.end(how)
        self._wait_until_all_are_held_without(victim)
        claimed = monotonic() - began
        runs = self._wait_until_polled(held) - at
        run.wait()
        run.start()
        self._wait_until_joined(run.name, after=victim)
        return Took(claimed, runs)

    def take_turns(self) -> None:
        """
        Stop one master, and kill one; return when what they held is run by others.
        """
        self.time_of(signal.SIGTERM)
        self.time_of(signal.SIGKILL)

    def close(self) -> None:
        """
        Stop all masters, and see that nothing is held.
        """
        for run in self._runs.values():
            run.end(signal.SIGTERM)
        for run in self._runs.values():
            run.wait()
        assert not self._store.sources(active=True)
        self._store.close()
        self._tables.dispose()

    def _wait_until_polled(self, sources: set[int]) -> float:
        """
        Wait until each of them was polled under its new claim; return the second at which the last one was.
        """
        polled: dict[int, int] = {}

        def all_are() -> bool:
            with self._tables.connect() as connection:
                polled.update((id_, at) for id_, at in connection.execute(text(_POLLED)))
            return sources <= set(polled)

        # Masters tell once a second how polls went, and when: there is no need to ask more often.
        _wait_until(all_are, every=0.2)
        return max(polled[id_] for id_ in sources) / 1000

    def _wait_until_all_are_held_without(self, master: int | None) -> None:
        def held() -> bool:
            holders = [source.holder for source in self._store.sources(active=True)]
            return len(holders) == self._sources and master not in holders

        _wait_until(held)

    def _wait_until_joined(self, name: str, *, after: int) -> None:
        _wait_until(
            lambda: any(
                master.given_name == name and master.id > after and (master.beat or 0) > 1
                for master in self._store.masters()
            )
        )


def _wait_until(condition: Callable[[], bool], *, every: float = 0.02) -> None:
    end = monotonic() + _LIMIT
    pause = threading.Event()
    while not condition():
        assert monotonic() < end, "waited for too long"
        pause.wait(every)


def _make_repositories(folder: Path, count: int) -> None:
    first = folder / "0"
    git = ["git", "-C", str(first), "-c", "user.name=Ana", "-c", "user.email=ana@example.org"]
    subprocess.run(["git", "init", "--quiet", "--initial-branch=main", str(first)], check=True)
    subprocess.run([*git, "commit", "--quiet", "--allow-empty", "--message=first"], check=True)
    for number in range(1, count):
        shutil.copytree(first, folder / str(number))


def main(arguments: Sequence[str] | None = None) -> None:
    """
    Measure, and print the figures as one line of JSON.
    """
    parser = argparse.ArgumentParser(prog="python -m tests.failover.takeover")
    parser.add_argument("kind", choices=list(KINDS))
    parser.add_argument("--sources", type=int, default=300)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--stops", type=int, default=5)
    options = parser.parse_args(arguments)
    server = KINDS[options.kind].start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            trial = Trial(server.create("takeover"), Path(folder), options.sources)
            stops = [trial.time_of(signal.SIGTERM) for _ in range(options.stops)]
            kills = [trial.time_of(signal.SIGKILL) for _ in range(options.kills)]
            trial.close()
    finally:
        server.stop()
    figures = {"database": options.kind, "sources": options.sources, "stops": _figures(stops), "kills": _figures(kills)}
    print(json.dumps(figures))  # noqa: T201 - it is what this program is for


def _figures(all_: list[Took]) -> dict[str, object]:
    if not all_:
        return {}
    return {
        "count": len(all_),
        **{
            what: {"median": round(statistics.median(seconds), 2), "worst": round(max(seconds), 2)}
            for what, seconds in zip(Took._fields, zip(*all_, strict=True), strict=True)
        },
    }


if __name__ == "__main__":
    main()
