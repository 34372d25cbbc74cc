"""
Look for faults for as long as one likes: simulated clusters, processes under chaos, contended claims, deaths in polls.

    python -m tests.soak --minutes 10
    python -m tests.soak --seeds 100000

Every part prints its seed and what it saw; the last lines name the parts that found something wrong, and the exit code
is 1 then. Run a part again by the line that it was started with.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

from tests.databases import KINDS

_ROOT = Path(__file__).parents[2]
_SEEDS = 400
"""Seeds of the simulation in one go, where time is what counts."""
_JOBS = "2"
"""Processes that simulate: one for each core of a small machine."""


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Run every part for its share of the time, the longer ones for longer.
    """
    parser = argparse.ArgumentParser(prog="python -m tests.soak")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seeds", type=int, help="that are simulated, however long it takes; without it, time decides")
    options = parser.parse_args(arguments)
    seconds = options.minutes * 60
    kinds = [kind for kind, server in KINDS.items() if server.version()]
    bad: list[str] = []
    for kind in kinds:
        bad += _chaos(kind, 0.4 * seconds / len(kinds))
        bad += _stress(kind, 0.2 * seconds / len(kinds))
        bad += _faultpoints(kind, 0.1 * seconds / len(kinds))
    bad += _simulation_for(0.3 * seconds) if options.seeds is None else _simulation(_first(), options.seeds)
    for line in bad:
        _say(f"found something wrong: {line}")
    if not bad:
        _say("nothing was wrong")
    return int(bool(bad))


def _chaos(kind: str, seconds: float) -> list[str]:
    # It takes a while to start, and after the faults until everything has run again.
    return _run("tests.failover", kind, "--seconds", f"{max(seconds - 15, 10):.0f}", "--seed", _seed())


def _stress(kind: str, seconds: float) -> list[str]:
    with _database(kind) as url:
        return _run("tests.stress.harness", url, "--seconds", f"{max(seconds - 5, 5):.0f}", "--seed", _seed())


def _faultpoints(kind: str, seconds: float) -> list[str]:
    # In random order: a short run tries some of them, one of an hour all.
    return _run("tests.faultpoints", kind, "--all", "--seconds", f"{max(seconds, 10):.0f}", "--seed", _seed())


def _simulation_for(seconds: float) -> list[str]:
    end = monotonic() + seconds
    first = _first()
    bad: list[str] = []
    while monotonic() < end:
        bad += _simulation(first, _SEEDS)
        first += _SEEDS
    return bad


def _simulation(first: int, seeds: int) -> list[str]:
    # All of them, whatever some of them find.
    every = ("--seeds", str(seeds), "--stop-after", str(seeds))
    return _run("tests.simulation", "--first", str(first), *every, "--jobs", _JOBS)


def _first() -> int:
    return random.randrange(10**9)


def _run(module: str, *arguments: str) -> list[str]:
    """
    Run one part; return its line if it found something wrong.
    """
    line = f"python -m {module} {' '.join(arguments)}"
    _say(line)
    ended = subprocess.run([sys.executable, "-m", module, *arguments], cwd=_ROOT, check=False)
    return [line] if ended.returncode else []


@contextmanager
def _database(kind: str) -> Iterator[str]:
    server = KINDS[kind].start()
    try:
        yield server.create("soak")
    finally:
        server.stop()


def _seed() -> str:
    return str(random.randrange(10**9))


def _say(sentence: str) -> None:
    print(sentence, flush=True)  # noqa: T201 - it is what this program is for


if __name__ == "__main__":
    sys.exit(main())
