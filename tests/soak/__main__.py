"""
Look for faults for as long as one likes: simulated clusters, real processes under chaos, contended claims.

    python -m tests.soak --minutes 10

Every part prints its seed and what it saw; the exit code is 1 if anything was wrong. Run a part again by the line that
it was started with.
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
_SEEDS = 200
"""Seeds of the simulation in one go."""


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Run every part for its share of the time, the longer ones for longer.
    """
    parser = argparse.ArgumentParser(prog="python -m tests.soak")
    parser.add_argument("--minutes", type=float, default=10)
    options = parser.parse_args(arguments)
    seconds = options.minutes * 60
    kinds = [kind for kind, server in KINDS.items() if server.version()]
    bad = 0
    for kind in kinds:
        bad += _chaos(kind, 0.5 * seconds / len(kinds))
        bad += _stress(kind, 0.2 * seconds / len(kinds))
    bad += _simulation(0.3 * seconds)
    _say("nothing was wrong" if not bad else f"{bad} parts found something wrong")
    return int(bad > 0)


def _chaos(kind: str, seconds: float) -> int:
    # It takes a while to start, and after the faults until everything has run again.
    return _run("tests.failover", kind, "--seconds", f"{max(seconds - 15, 10):.0f}", "--seed", _seed())


def _stress(kind: str, seconds: float) -> int:
    with _database(kind) as url:
        return _run("tests.stress.harness", url, "--seconds", f"{max(seconds - 5, 5):.0f}", "--seed", _seed())


def _simulation(seconds: float) -> int:
    end = monotonic() + seconds
    first = random.randrange(10**9)
    bad = 0
    while monotonic() < end:
        bad += _run("tests.simulation", "--first", str(first), "--seeds", str(_SEEDS))
        first += _SEEDS
    return bad


def _run(module: str, *arguments: str) -> int:
    _say(f"python -m {module} {' '.join(arguments)}")
    return int(subprocess.run([sys.executable, "-m", module, *arguments], cwd=_ROOT, check=False).returncode != 0)


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
