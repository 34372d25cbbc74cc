"""The simulation is worth something: it finds each of the mistakes that leases are easily written with."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutants import mutants, mutated, preferring

REPOSITORY = Path(__file__).parents[2]

_SEEDS = 400

KILLED_BY = {
    "claim-after-the-end": "snatch",
    "expiry-by-the-databases-clock": "",
    "expiry-of-any-heartbeat": "duel",
    "expiry-without-own-heartbeat": "stall",
    "handed-over-while-it-runs": "",
    "heart-and-looker-on-one-thread": "tease",
    "heartbeat-behind-the-claims": "tease",
    "lease-from-the-answer": "ambush",
    "lease-on-the-wall-clock": "wall_jump,pause",
    "lease-stands-still-in-suspend": "pause",
    "release-of-whatever-is-there": "leave",
}
"""What is to go wrong, so that it takes few seeds; nothing in particular where it does anyway."""


@pytest.mark.parametrize("mutant", KILLED_BY)
def test_a_mutant_is_killed(mutant: str, tmp_path: Path) -> None:
    """
    With this mistake in the code, a promise is broken within a few hundred seeds.
    """
    done = subprocess.run(
        [sys.executable, "-m", "tests.simulation", "--seeds", str(_SEEDS), "--faults", KILLED_BY[mutant]],
        cwd=REPOSITORY,
        env=preferring(mutated(mutant, tmp_path, family="cluster")),
        capture_output=True,
        text=True,
        check=False,
    )
    print(done.stdout[-2000:], done.stderr)  # noqa: T201 - pytest shows it with a failure

    assert ", 1 bad," in done.stdout.splitlines()[-1]


def test_every_mutant_is_tried() -> None:
    """
    There is no mutant that no run has to kill.
    """
    assert sorted(KILLED_BY) == mutants("cluster")
