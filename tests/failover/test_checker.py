"""The checker finds what it is there to find."""

from __future__ import annotations

from typing import get_args

import pytest

from tests.failover.checker import (
    Past,
    double_acts,
    idle_at_the_end,
    lost_or_doubled,
    shared_tokens,
    unordered_tokens,
)
from tests.failover.events import Event, What

GAINED, ACTED, LOST, STOPPED = get_args(What)


def acted(at: float, token: int, worker: str = "w0", source: int = 1) -> Event:
    """
    Make an act.
    """
    return Event(at, ACTED, source, token, worker)


@pytest.mark.parametrize(
    ("tokens", "wrong"), [([1, 1, 2, 2, 3], 0), ([1, 2, 1], 1), ([1, 2, 1, 1, 3], 2), ([2, 1, 2], 1)]
)
def test_an_act_under_an_older_claim(tokens: list[int], wrong: int) -> None:
    """
    An act that comes after one under a younger claim of the source is found; on other sources it is right.
    """
    events = [acted(float(at), token) for at, token in enumerate(tokens)]
    elsewhere = [acted(10.0, 1, source=2)]

    assert wrong == len(double_acts([*events, *elsewhere], ()))


def test_a_claim_that_an_operator_ended() -> None:
    """
    Acts under a claim that was ended by force are not counted: its holder notices at its next heartbeat.
    """
    events = [acted(1, 1), acted(2, 2), acted(3, 1)]

    assert [1, 0] == [len(double_acts(events, forced)) for forced in ((), {1})]


def test_a_token_of_two_workers() -> None:
    """
    A token under which two workers did something is found.
    """
    alone = [acted(1, 1), acted(2, 1), acted(3, 2, "w1")]

    assert [0, 1] == [len(shared_tokens(events)) for events in (alone, [*alone, acted(4, 1, "w1")])]


@pytest.mark.parametrize(
    ("pasts", "wrong"),
    [
        ([Past(1, 1, 10, "released"), Past(1, 2, None, None)], 0),
        ([Past(1, 1, None, None), Past(1, 2, None, None)], 1),
        ([Past(1, 1, 10, "unknown"), Past(1, 2, 11, "expired")], 1),
    ],
)
def test_a_history_that_cannot_be(pasts: list[Past], wrong: int) -> None:
    """
    A claim that is open though a younger one exists is found, and one that ended for no known reason.
    """
    assert wrong == len(unordered_tokens(pasts))


@pytest.mark.parametrize(
    ("moves", "wrong"),
    [([(0, 1), (1, 2), (2, 3)], 0), ([(0, 1), (1, 2), (1, 2)], 1), ([(0, 1), (2, 3)], 1), ([(0, 2)], 1)],
)
def test_changes_that_do_not_join(moves: list[tuple[int, int]], wrong: int) -> None:
    """
    A change that is there twice, or missing, is found.
    """
    assert wrong == len(lost_or_doubled([(1, f"{before:040}", f"{after:040}") for before, after in moves]))


def test_a_source_that_stands_still() -> None:
    """
    A source for which nobody acted since then is found.
    """
    assert [2] == idle_at_the_end([acted(1, 1, source=2), acted(5, 2), Event(6, GAINED, 2, 3, "w1")], [1, 2], since=4)
