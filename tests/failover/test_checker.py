"""The checker finds what it is there to find."""

from __future__ import annotations

from typing import get_args

import pytest

from headwater.cluster.timing import Timing
from tests.failover.chaos import TIMING
from tests.failover.checker import (
    Past,
    Written,
    double_acts,
    idle_at_the_end,
    lost_or_doubled,
    promised,
    shared_tokens,
    stale_writes,
    taken_from_the_living,
    unordered_tokens,
)
from tests.failover.events import Event, What

GAINED, ACTED, LOST, STOPPED, EXPIRED = get_args(What)


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
    ended = [Event(0, EXPIRED, 0, 0, worker, "w2#1") for worker in ("w0", "w1")]
    alone = [*ended, acted(1, 1), acted(2, 1), acted(3, 2, "w1")]

    assert [0, 1] == [len(shared_tokens(events)) for events in (alone, [*alone, acted(4, 1, "w1")])]


@pytest.mark.parametrize(
    ("pasts", "wrong"),
    [
        ([Past(1, 1, 5, 10, "released"), Past(1, 2, 10, None, None)], 0),
        ([Past(1, 1, 5, None, None), Past(1, 2, 10, None, None)], 1),
        ([Past(1, 1, 5, 10, "unknown"), Past(1, 2, 10, 11, "expired")], 1),
        ([Past(1, 1, 5, 10, "released"), Past(1, 2, 9, None, None)], 1),
        ([Past(1, 1, 5, 10, "released"), Past(2, 2, 9, None, None)], 0),
        ([Past(1, 1, 5, 4, "released")], 1),
    ],
)
def test_a_history_that_cannot_be(pasts: list[Past], wrong: int) -> None:
    """
    A claim that is open though a younger one exists is found, one that ended for no known reason, or too late.
    """
    assert wrong == len(unordered_tokens(pasts))


@pytest.mark.parametrize(
    ("token", "at", "wrong"), [(1, 10, 0), (1, 20, 0), (2, 20, 0), (1, 21, 1), (1, 9, 1), (2, 19, 1), (3, 20, 1)]
)
def test_a_stale_write(token: int, at: int, wrong: int) -> None:
    """
    A change that was recorded before or after its claim is found, and one under a claim that never was.
    """
    history = [Past(1, 1, 10, 20, "expired"), Past(1, 2, 20, None, None), Past(2, 3, 5, None, None)]

    assert wrong == len(stale_writes([Written(1, 1, token, at)], history))


def test_a_stale_write_that_continues_the_position() -> None:
    """
    A stale write is found though it begins where the one before it had ended, so that no change seems to be missing.
    """
    history = [Past(1, 1, 10, 20, "expired"), Past(1, 2, 20, None, None)]
    moves = [(1, f"{number:040}", f"{number + 1:040}") for number in range(3)]
    written = [Written(1, 1, 1, 15), Written(2, 1, 2, 25), Written(3, 1, 1, 30)]

    assert (0, 1) == (len(lost_or_doubled(moves)), len(stale_writes(written, history)))


def test_a_stale_write_that_was_committed_late() -> None:
    """
    A change that was recorded under an open claim and committed after one under the next is found by its number.
    """
    history = [Past(1, 1, 10, 20, "expired"), Past(1, 2, 20, None, None)]

    assert 1 == len(stale_writes([Written(1, 1, 2, 25), Written(2, 1, 1, 19)], history))


@pytest.mark.parametrize(
    ("past", "wrong"),
    [
        (Past(1, 1, 10, 20, "expired", master=1), 0),
        (Past(1, 1, 10, 19, "expired", master=1), 1),
        (Past(1, 1, 10, 20, "expired", master=2), 1),
        (Past(1, 1, 10, 30, "taken over", master=1), 0),
        (Past(1, 1, 10, 20, "taken over", master=2), 1),
        (Past(1, 1, 10, 20, "released", master=2), 0),
        (Past(1, 1, 10, None, None, master=2), 0),
        (Past(1, 1, 21, 30, "released", master=1), 1),
    ],
)
def test_a_claim_that_is_taken_from_the_living(past: Past, wrong: int) -> None:
    """
    A claim that others ended while its holder lived is found, and one that began after the life of its holder.
    """
    assert wrong == len(taken_from_the_living([past], {1: 20}))


@pytest.mark.parametrize(("timing", "seconds"), [(Timing(), 15), (TIMING, 9)])
def test_the_promised_time(timing: Timing, seconds: float) -> None:
    """
    With the usual times, what a dead master held runs elsewhere within 15 s; with quicker ones, sooner.
    """
    assert seconds == promised(timing)


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
