"""The simulation is worth something: it finds each of the mistakes that leases are easily written with."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutants import mutants, mutated, preferring
from tests.simulation.evidence import Event
from tests.simulation.run import CRASHED, Verdict, told

REPOSITORY = Path(__file__).parents[2]

_SEEDS = 800

KILLED_BY = {
    "claim-after-the-end": "snatch",
    "expiry-of-any-heartbeat": "duel",
    "expiry-without-own-heartbeat": "stall",
    "expiry-without-the-observation-window": "",
    "handed-over-while-it-runs": "",
    "heart-and-looker-on-one-thread": "tease",
    "heartbeat-behind-the-claims": "tease",
    "lease-from-the-answer": "ambush",
    "lease-on-the-wall-clock": "wall_jump,pause",
    "lease-stands-still-in-suspend": "pause",
    "release-of-whatever-is-there": "leave",
}
"""What is to go wrong, so that it takes few seeds; nothing in particular where it does anyway."""

FIRST = {"lease-from-the-answer": 480}
"""Where to begin with one that few seeds find: the first of them is not far from there."""


def broken_promises(told: str) -> list[str]:
    """
    Return what the checkers name in the words of a run that failed.
    """
    *_, found = told.partition("--trace\n")
    return [line for line in found.splitlines() if line.startswith("    ") and CRASHED not in line]


@pytest.mark.parametrize("mutant", KILLED_BY)
def test_a_mutant_is_killed(mutant: str, tmp_path: Path) -> None:
    """
    With this mistake in the code, a checker names a broken promise within a few hundred seeds; a crash is no proof.
    """
    seeds = ["--first", str(FIRST.get(mutant, 0)), "--seeds", str(_SEEDS), "--faults", KILLED_BY[mutant]]
    done = subprocess.run(
        [sys.executable, "-m", "tests.simulation", *seeds],
        cwd=REPOSITORY,
        env=preferring(mutated(mutant, tmp_path, family="cluster")),
        capture_output=True,
        text=True,
        check=False,
    )
    print(done.stdout[-2000:], done.stderr)  # noqa: T201 - pytest shows it with a failure

    assert ", 1 bad," in done.stdout.splitlines()[-1]
    assert broken_promises(done.stdout)


@pytest.mark.parametrize(
    ("faults", "promises"),
    [(["1.0: source 1 was recorded before"], 1), ([f"1.0: {CRASHED} KeyError(1)"], 0)],
)
def test_a_crash_is_no_broken_promise(faults: list[str], promises: int) -> None:
    """
    Only what a checker names counts, not that the code has ended with an error, nor what had happened before.
    """
    verdict = Verdict(7, faults, [Event(1.0, "error", (CRASHED,))])

    assert promises == len(broken_promises(told(verdict) + "\n8 seeds, 1 bad, 9 a second\n"))


def test_every_mutant_is_tried() -> None:
    """
    There is no mutant that no run has to kill.
    """
    assert sorted(KILLED_BY) == mutants("cluster")
