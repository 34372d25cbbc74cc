"""
A big repository: first sight, then pushes; how long each takes, how much memory, and how many git processes.

    python -m bench.bigrepo [--commits 20000] [--pushes 1000 10000] [--database postgresql] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from bench import machine
from bench.databases import server
from bench.family import Peaks
from bench.pollsteering import PollWorker, WorkerFailedError, poller, recorded
from bench.pollworker import HEADWATER
from bench.pushes import Repository
from bench.traces import Traces


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """
    One poll, made by a process that has just been started.
    """

    what: str
    seconds: float
    cpu_own: float
    cpu_git: float
    started_mib: float
    """The most memory of the process before the poll."""
    peak_mib: float
    """The same after it."""
    peak_git_mib: float
    """The most memory of any of its git processes, as far as it was seen: somebody looked 50 times a second."""
    processes: dict[str, int]
    """The git processes, by their commands, of both ends."""


class Big:
    """
    A repository that is watched by one process after the other.
    """

    def __init__(self, folder: Path, database: str) -> None:
        self._traces = Traces(folder / "git")
        self._database = database
        self._host = folder / "host"
        self.repository = Repository(folder / "repository.git")

    def step(self, what: str) -> Step:
        """
        Poll once, in a new process on the same host.
        """
        place = {"database": self._database, "url": str(self.repository.path)}
        with poller(HEADWATER, folder=self._host, env=self._traces.env, **place) as one:
            return self._measured(what, one)

    def _measured(self, what: str, one: PollWorker) -> Step:
        before = self._traces.names()
        with Peaks(one.pid) as peaks:
            taken = one.poll()
        return Step(
            what=what,
            seconds=taken.seconds,
            cpu_own=taken.cpu_own,
            cpu_git=taken.cpu_git,
            started_mib=one.opened.peak_kib / 1024,
            peak_mib=taken.peak_kib / 1024,
            peak_git_mib=peaks.kib / 1024,
            processes=self._traces.commands(since=before),
        )


def main(arguments: Sequence[str] | None = None) -> None:
    """
    Measure, and print one line of JSON for each poll.
    """
    parser = argparse.ArgumentParser(prog="python -m bench.bigrepo")
    parser.add_argument("--commits", type=int, default=20_000)
    parser.add_argument("--pushes", type=int, nargs="+", default=[1_000, 10_000])
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="postgresql")
    parser.add_argument("--json", type=Path, default=None, help="Where the results are kept.")
    options = parser.parse_args(arguments)
    steps: list[Step] = []
    with tempfile.TemporaryDirectory(prefix="headwater-bench-") as folder, server(options.database) as running:
        database = running.create("bigrepo")
        big = Big(Path(folder), database)
        began = time.monotonic()
        big.repository.push(options.commits)
        sys.stderr.write(f"{options.commits:,} commits were made in {time.monotonic() - began:.1f} s\n")
        pushed: list[str] = []
        _say(steps, big.step(f"first sight of {options.commits:,} commits"))
        _say(steps, big.step("check, nothing moved"))
        for count in options.pushes:
            pushed += big.repository.push(count)
            _say(steps, big.step(f"push of {count:,} commits"))
        if recorded(HEADWATER, database) != pushed:
            raise WorkerFailedError("what was pushed was not recorded, each commit once, in order")
    if options.json is not None:
        kept = {"machine": machine.facts(), "database": options.database, "load": machine.load(), "steps": steps}
        options.json.write_bytes(msgspec.json.format(msgspec.json.encode(kept), indent=1) + b"\n")


def _say(steps: list[Step], step: Step) -> None:
    steps.append(step)
    told = {
        key: round(value, 3) if isinstance(value, float) else value for key, value in msgspec.to_builtins(step).items()
    }
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
