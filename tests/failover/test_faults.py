"""A life that ended in good health is told from one that a fault explains."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from headwater.cluster.timing import Timing
from tests.failover.faults import Ended, Fault, Faults, ended_in_health

TIMING = Timing(heartbeat=1.0, lease=4.2, expiry=6.0)

LIFE = Ended("w0#1", worker="w0", pid=7, joined=0.0, at=100.0)


def unexplained(*faults: Fault, life: Ended = LIFE) -> int:
    """
    Return how many of one life are found.
    """
    return len(ended_in_health([life], faults, TIMING))


@pytest.mark.parametrize(
    "faults",
    [
        [Fault("gone", 99.9, "w0", 7)],
        [Fault("paused", 94.5, "w0", 7, until=98.7)],
        [Fault("paused", 94.5, "w0", 7, until=130.0)],
        [Fault("cut off", 90.0, "w0", until=98.0)],
        [Fault("cut off", 94.5, until=96.0)],
        [Fault("paused", 92.0, "w0", 7, until=96.0), Fault("cut off", 97.5, "w0", until=99.0)],
    ],
)
def test_a_fault_that_explains_an_end(faults: Sequence[Fault]) -> None:
    """
    Who is killed, stopped for about the expiry time, or cut off, may be given up.
    """
    assert 0 == unexplained(*faults)


@pytest.mark.parametrize(
    "faults",
    [
        [],
        [Fault("gone", 99.0, "w1", 8)],
        [Fault("gone", 50.0, "w0", 6)],
        [Fault("gone", 101.0, "w0", 7)],
        [Fault("paused", 95.0, "w0", 7, until=96.3)],
        [Fault("paused", 80.0, "w0", 7, until=90.0)],
        [Fault("cut off", 90.0, "w1", until=98.0)],
        [Fault("cut off", 80.0, until=91.0)],
        [Fault("unanswered", 90.0, "w0", until=98.0)],
    ],
)
def test_a_master_that_was_ended_in_health(faults: Sequence[Fault]) -> None:
    """
    A life is found to have ended in health if nothing was done to it, only long before, for a short time, or to others.
    """
    assert 1 == unexplained(*faults)


@pytest.mark.parametrize(("begin", "wrong"), [(49.0, 0), (60.0, 1)])
def test_a_life_that_nobody_knows_of(begin: float, wrong: int) -> None:
    """
    Who joined and was not told so never beats; that is right only if the answer was lost.
    """
    life = Ended("w0#1", worker="w0", pid=7, joined=50.0, at=57.0, has_beaten=False)

    assert wrong == unexplained(Fault("unanswered", begin, "w0", until=begin + 2), life=life)


def test_what_is_kept_of_faults(tmp_path: Path) -> None:
    """
    A fault has an end once it is over; one that ended a process never has.
    """
    faults = Faults(tmp_path / "faults")
    faults.begin("gone", "w0", 7)
    faults.over(faults.begin("paused", "w0", 7))
    faults.begin("cut off", "w1")
    faults.heal()

    assert {"gone": True, "paused": False, "cut off": False} == {
        fault.how: fault.until == float("inf") for fault in faults.done()
    }
