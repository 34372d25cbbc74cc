"""
How long sources stand still when a master is killed, and when one is stopped: real `headwater run`, real repositories.

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
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from time import monotonic

from headwater import Settings, Store
from headwater.identity import host
from tests.databases import KINDS

_MASTERS = ("one", "two", "three")
_LIMIT = 60.0
"""Seconds after which nobody waits any longer."""


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

    def end(self, how: signal.Signals) -> float:
        """
        Send a signal; return when.
        """
        at = monotonic()
        self._process.send_signal(how)
        return at

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
        self._sources = sources
        _make_repositories(folder, sources)
        ids = self._store.register(f"source {number}" for number in range(1, sources))
        for number, id_ in enumerate(ids.values(), 1):
            self._store.configure(id_, Settings(kind="git", url=str(folder / str(number)), host=host()))
        self._runs = {name: Run(name, url, folder) for name in _MASTERS}
        self._wait_until_all_are_held_without(None)

    def time_of(self, how: signal.Signals) -> float:
        """
        End the master that holds most, wait until the others hold all, start it again; return the seconds.
        """
        masters = {master.id: master for master in self._store.masters()}
        (victim, _), *_ = Counter(source.holder for source in self._store.sources(active=True)).most_common()
        assert victim is not None
        run = self._runs[str(masters[victim].given_name)]
        began = run.end(how)
        self._wait_until_all_are_held_without(victim)
        seconds = monotonic() - began
        run.wait()
        run.start()
        self._wait_until_joined(run.name, after=victim)
        return seconds

    def take_turns(self) -> None:
        """
        Stop one master, and kill one; return when what they held is held by others.
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


def _wait_until(condition: object) -> None:
    end = monotonic() + _LIMIT
    pause = threading.Event()
    while not condition():  # type: ignore[operator]
        assert monotonic() < end, "waited for too long"
        pause.wait(0.02)


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


def _figures(seconds: list[float]) -> dict[str, float]:
    if not seconds:
        return {}
    return {"count": len(seconds), "median": round(statistics.median(seconds), 2), "worst": round(max(seconds), 2)}


if __name__ == "__main__":
    main()
