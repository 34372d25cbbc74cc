"""Whatever goes wrong, no source is run by two masters, nothing is recorded twice, and all of it heals in time."""

from __future__ import annotations

from functools import partial
from unittest.mock import patch

import pytest

from headwater.cluster import membership
from headwater.cluster.timing import Timing
from tests.simulation.run import Verdict, misfortunes, run, told
from tests.simulation.soak import outcome, outcomes
from tests.simulation.stories import killed, newcomer, outage, quiet, stall

_SEEDS = 2000
_AT_ONCE = 125
_FEW = 20


def sound(verdict: Verdict) -> bool:
    """
    Tell whether nothing was wrong, or print what was.
    """
    if verdict.faults:
        print(told(verdict))  # noqa: T201 - pytest shows it with the failure
    return not verdict.faults


@pytest.mark.parametrize("first", range(0, _SEEDS, _AT_ONCE))
def test_misfortunes(first: int) -> None:
    """
    With misfortunes of every kind, each promise is kept.
    """
    assert all(sound(run(seed)) for seed in range(first, first + _AT_ONCE))


@pytest.mark.parametrize("seed", range(5))
def test_an_outage(seed: int) -> None:
    """
    Five minutes without the database cost no life and no claim.
    """
    assert sound(run(seed, outage))


@pytest.mark.parametrize("seed", range(10))
def test_a_stall_of_writes(seed: int) -> None:
    """
    Writes that wait for twice the expiry time, while reads go on, cost no life and no claim.
    """
    assert sound(run(seed, stall))


@pytest.mark.parametrize("seed", range(3))
def test_quiet_times(seed: int) -> None:
    """
    In ten minutes in which nothing happens nothing changes hands.
    """
    assert sound(run(seed, quiet, sources=3 + seed))


@pytest.mark.parametrize("seed", range(8))
def test_a_newcomer(seed: int) -> None:
    """
    A newcomer gets its share by the fewest moves.
    """
    assert sound(run(seed, newcomer, sources=4 + seed))


@pytest.mark.parametrize("seed", range(20))
def test_a_killed_holder(seed: int) -> None:
    """
    What a killed master ran is run by others within 15 s.
    """
    assert sound(run(seed, killed))


def test_a_late_recovery_is_found() -> None:
    """
    Masters that wait for four times as long as they should are found to be late, though all runs again in the end.
    """
    slow = partial(Timing, expiry=4 * Timing().expiry)
    with patch.object(membership, "Timing", slow):
        found = [fault for seed in range(_FEW) for fault in run(seed, partial(misfortunes, only=["crash"])).faults]

    assert any("s after the last fault" in fault for fault in found), found


def test_one_seed_is_one_run() -> None:
    """
    The same seed gives the same run, event by event.
    """
    runs = [[str(event) for event in run(11).events] for _ in range(2)]

    assert runs[0] == runs[1]


def test_several_cores() -> None:
    """
    Seeds come out as on one core, and in their order.
    """
    assert [outcome(seed) for seed in range(3)] == [*outcomes(range(3), outcome, jobs=2)]
