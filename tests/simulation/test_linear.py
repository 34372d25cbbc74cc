"""The search for an order of operations finds one where there is one, and only there."""

from __future__ import annotations

from tests.simulation.linear import Step, is_linearizable

NEVER = float("inf")


def claim(master: int, token: int | None, called: float, answered: float, *, won: bool | None = True) -> Step:
    """
    Return a claim.
    """
    return Step("claim", master, token, called, answered, won)


def release(master: int, token: int, called: float, answered: float, *, won: bool | None = True) -> Step:
    """
    Return a release.
    """
    return Step("release", master, token, called, answered, won)


def test_one_after_the_other() -> None:
    """
    Claim, release, claim by another: that is an order.
    """
    assert is_linearizable([claim(1, 1, 0, 1), release(1, 1, 2, 3), claim(2, 2, 4, 5)])


def test_two_winners() -> None:
    """
    Two masters that both won, with no end in between, have no order.
    """
    assert not is_linearizable([claim(1, 1, 0, 1), claim(2, 2, 0.5, 5)])


def test_side_by_side() -> None:
    """
    A claim that began before the release was answered may have come after it.
    """
    assert is_linearizable([claim(1, 1, 0, 1), release(1, 1, 2, 5), claim(2, 2, 3, 4)])


def test_against_time() -> None:
    """
    A claim that was answered before the release was called did not come after it.
    """
    assert not is_linearizable([claim(1, 1, 0, 1), claim(2, 2, 2, 3), release(1, 1, 4, 5)])


def test_refused_while_free() -> None:
    """
    Nobody is refused a source that nobody holds.
    """
    assert not is_linearizable([claim(1, None, 0, 1, won=False)])


def test_nobody_knows() -> None:
    """
    A release whose answer never came explains the claim after it, and need not have happened.
    """
    lost = release(1, 1, 2, NEVER, won=None)

    assert is_linearizable([claim(1, 1, 0, 1), lost, claim(2, 2, 4, 5)])
    assert is_linearizable([claim(1, 1, 0, 1), lost, claim(2, None, 4, 5, won=False)])


def test_an_end_of_another() -> None:
    """
    Who is told that it ended a claim has ended that of the master it named.
    """
    assert not is_linearizable([claim(1, 1, 0, 1), Step("end", 2, None, 2, 3, won=True)])
