"""Until when a master may act, and what a claim says of it."""

from __future__ import annotations

import pytest

from headwater.cluster.lease import Lease
from headwater.errors import ClaimLostError
from tests.unit.clocks import FakeClock
from tests.unit.masters import claim_of, running_lease


def test_nothing_may_be_done_before_the_first_heartbeat() -> None:
    """
    A lease does not run before a heartbeat was confirmed.
    """
    assert not Lease(7, FakeClock()).is_running()


def test_a_lease_counts_from_the_start_of_the_heartbeat() -> None:
    """
    However late a heartbeat is confirmed, the lease runs from its beginning on, and ends to the second.
    """
    clock = FakeClock()
    lease = Lease(7, clock)
    began = clock()
    clock.advance(5)

    lease.confirm(began)
    running = []
    for seconds in (0, 1.9, 0.1):
        clock.advance(seconds)
        running.append(lease.is_running())

    assert [True, True, False] == running
    assert began + 7 == lease.until


def test_a_lease_never_goes_backwards() -> None:
    """
    A heartbeat that began earlier, and is confirmed later, does not shorten the lease.
    """
    clock = FakeClock()
    lease = running_lease(clock)

    lease.confirm(clock() - 3)

    assert clock() + 7 == lease.until


def test_a_lease_that_has_run_out_may_run_again() -> None:
    """
    A heartbeat that is confirmed after the end of the lease gives the right to act back.
    """
    clock = FakeClock()
    lease = running_lease(clock)
    clock.advance(8)
    ran_out = not lease.is_running()

    lease.confirm(clock())

    assert ran_out
    assert lease.is_running()


def test_a_life_that_is_over_may_not_act() -> None:
    """
    A lease that was ended does not run.
    """
    clock = FakeClock()
    lease = running_lease(clock)

    lease.end()

    assert not lease.is_running()


def test_a_claim_may_be_acted_under_while_the_lease_runs() -> None:
    """
    `check` returns until the lease has run out, and then raises which claim it was, and why.
    """
    clock = FakeClock()
    claim = claim_of(8, running_lease(clock), token=41)
    claim.check()
    deadline = claim.deadline
    clock.advance(7)

    with pytest.raises(ClaimLostError, match="no heartbeat was confirmed in time") as lost:
        claim.check()

    assert clock() == deadline
    assert not claim.may_act
    assert (8, 41) == (claim.fence.source, claim.token)
    assert "41" in str(lost.value)


def test_a_claim_that_was_lost() -> None:
    """
    A claim that was lost cannot be acted under, though the lease runs, and says why.
    """
    claim = claim_of(8, running_lease(FakeClock()))

    claim.lost = "somebody else has ended the claim"

    assert not claim.may_act
    assert "<Claim of 'source-8', token 1, somebody else has ended the claim>" == repr(claim)
    with pytest.raises(ClaimLostError, match="somebody else has ended the claim"):
        claim.check()
