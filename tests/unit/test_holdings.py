"""What becomes of the claims that a master holds, and who is told."""

from __future__ import annotations

import pytest

from headwater.cluster.claim import Claim
from headwater.cluster.holdings import Holdings, Told
from tests.unit.clocks import FakeClock
from tests.unit.masters import claim_of, free_source, running_lease

News = tuple[str, Claim]

LEASE = running_lease(FakeClock())


@pytest.fixture
def told() -> list[News]:
    """
    What `holdings` tells, in its order.
    """
    return []


@pytest.fixture
def holdings(told: list[News]) -> Holdings:
    """
    Holdings of nothing yet.
    """
    return Holdings(telling(told))


@pytest.fixture
def claim(holdings: Holdings, told: list[News]) -> Claim:
    """
    A claim that was won, told, and runs.
    """
    claim = claim_of(8, LEASE)
    holdings.gain(claim)
    told.clear()
    return claim


def telling(told: list[News]) -> Told:
    """
    Write down what is told.
    """
    return Told(lambda claim: told.append(("gain", claim)), lambda claim, why: told.append((why, claim)))


def test_what_is_won_is_told(holdings: Holdings, told: list[News]) -> None:
    """
    A claim that was won is told at once, and kept in the order of winning.
    """
    claims = [claim_of(source, LEASE) for source in (9, 7, 8)]

    for claim in claims:
        holdings.gain(claim)

    assert [("gain", claim) for claim in claims] == told
    assert claims == holdings.claims()
    assert [9, 7, 8] == holdings.oldest(None)


def test_sources_are_counted_by_their_groups(holdings: Holdings) -> None:
    """
    Of each group it is known how many are to be kept, and which of them have been held for longest.
    """
    for source in (9, 7, 8):
        holdings.gain(claim_of(source, LEASE, watched=free_source(source)))
    holdings.gain(claim_of(1, LEASE))
    all_three = holdings.count("git"), holdings.oldest("git", 2)
    holdings.send_away([9], "fairness")
    two = holdings.count("git"), holdings.oldest("git", 2)
    holdings.lose([7], "expired")

    assert [(3, [9, 7]), (2, [7, 8])] == [all_three, two]
    assert (1, [8]) == (holdings.count("git"), holdings.oldest("git"))
    assert (0, [], [1]) == (holdings.count("svn"), holdings.oldest("svn"), holdings.oldest(None))


def test_a_pause(holdings: Holdings, told: list[News], claim: Claim) -> None:
    """
    What is paused is told once, stays held, and begins again when it has stopped, and not before.
    """
    holdings.pause("lapse")
    holdings.pause("lapse")
    holdings.resume()
    before = list(told)
    holdings.stopped(claim)
    holdings.resume()
    holdings.resume()

    assert [("lapse", claim)] == before
    assert [("lapse", claim), ("gain", claim)] == told
    assert [8] == holdings.oldest(None)
    assert claim.may_act


def test_what_ended_by_itself_begins_again(holdings: Holdings, told: list[News], claim: Claim) -> None:
    """
    What has stopped though nobody told it to begins again, for the claim is still held.
    """
    holdings.stopped(claim)
    holdings.resume()

    assert [("gain", claim)] == told


def test_a_hand_over(holdings: Holdings, told: list[News], claim: Claim) -> None:
    """
    What is sent away is told once, can be given back when it has stopped, and does not begin again.
    """
    holdings.send_away([8, 9], "fairness")
    holdings.send_away([8], "fairness")
    running = holdings.ready_to_leave()
    holdings.stopped(claim)
    holdings.resume()

    assert [] == running
    assert [] == holdings.oldest(None)
    assert [claim] == holdings.claims() == holdings.ready_to_leave()
    assert [("fairness", claim)] == told


def test_what_was_paused_may_leave(holdings: Holdings, told: list[News], claim: Claim) -> None:
    """
    What has stopped already is sent away without a word.
    """
    holdings.pause("lapse")
    holdings.stopped(claim)
    holdings.send_away([8], "fairness")

    assert [claim] == holdings.ready_to_leave()
    assert [("lapse", claim)] == told


def test_what_others_have_ended(holdings: Holdings, told: list[News], claim: Claim) -> None:
    """
    A claim that others have ended is dropped and told, and may not be acted under; what is not held is ignored.
    """
    holdings.lose([8, 9], "expired")
    holdings.stopped(claim)

    assert [("expired", claim)] == told
    assert ([], "expired", False) == (holdings.claims(), claim.lost, claim.may_act)


def test_a_newer_claim_of_the_same_source(holdings: Holdings, told: list[News], claim: Claim) -> None:
    """
    A claim that was won anew tells that the one before has ended, first of all.
    """
    newer = claim_of(8, LEASE, token=2)
    holdings.gain(newer)
    holdings.stopped(claim)
    holdings.forget(claim, "refused")
    holdings.resume()

    assert [("somebody else has ended the claim", claim), ("gain", newer)] == told
    assert [newer] == holdings.claims()
    assert (False, True) == (claim.may_act, newer.may_act)


def test_what_was_given_back(holdings: Holdings, told: list[News], claim: Claim) -> None:
    """
    A claim that was given back is dropped without a word; the first reason stays.
    """
    holdings.forget(claim, "handed over")
    holdings.forget(claim, "refused")

    assert ([], "handed over") == (holdings.claims(), claim.lost)
    assert [] == told


def test_the_end_of_all(holdings: Holdings, told: list[News], claim: Claim) -> None:
    """
    When a master leaves everything is told to stop for good, and can be given back when it has.
    """
    holdings.close("this master leaves")
    holdings.stopped(claim)
    holdings.resume()

    assert [("this master leaves", claim)] == told
    assert [claim] == holdings.ready_to_leave()
    assert not claim.may_act


def test_who_waits_for_one_claim_is_told_of_it_alone(holdings: Holdings, told: list[News], claim: Claim) -> None:
    """
    A claim with somebody of its own who is told goes on when the lease has come back, for nobody says it stopped.
    """
    own: list[News] = []
    named = claim_of(9, LEASE)
    holdings.gain(named, telling(own))
    holdings.pause("lapse")
    holdings.resume()

    assert [("gain", named), ("lapse", named), ("gain", named)] == own
    assert [("lapse", claim)] == told
