"""How long a source rests: its interval, a little less by chance, and longer after failures."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.running.problems import Problem
from headwater.running.schedule import first_rest, place, rest_after, second_rest, usual_rest

chances = st.floats(0, 1)
intervals = st.floats(0.01, 86_400)

REFUSED = Problem("connection reset")
DENIED = Problem("permission denied", needs_human=True)
AWAY = Problem("no route to host", is_hosts=True)
NO_DATABASE = Problem("the server is starting up", is_databases=True)


def rests(problem: Problem, interval: float, count: int) -> list[float]:
    """
    Return how long a source rests after each of its first failures, without any chance in it.
    """
    return [rest_after(problem, interval, attempts=attempts, chance=0) for attempts in range(1, count + 1)]


@given(intervals, chances)
def test_a_rest_is_the_interval_or_a_little_less(interval: float, chance: float) -> None:
    """
    Jitter only ever makes a rest shorter, by a tenth at the most.
    """
    assert 0.9 * interval <= usual_rest(interval, chance=chance) <= interval


@given(st.text(), intervals, st.integers(1, 10_000))
def test_what_was_just_claimed_is_looked_at_soon(name: str, interval: float, among: int) -> None:
    """
    The first poll under a claim begins within two seconds, and within the interval.
    """
    assert 0 <= first_rest(name, interval, among=among) <= min(interval, 2)


def test_the_only_source_is_looked_at_at_once() -> None:
    """
    Where there are few sources nobody has to wait for being spread.
    """
    assert first_rest("api", 60, among=1) <= 0.02


def test_many_sources_are_spread() -> None:
    """
    A thousand sources that were claimed at once begin evenly within two seconds, and go on evenly over the interval.
    """
    names = [f"source-{number}" for number in range(1000)]
    first = sorted(first_rest(name, 60, among=1000) for name in names)
    second = sorted(second_rest(name, 60) for name in names)

    assert all(abs(at - 2 * number / 1000) < 0.2 for number, at in enumerate(first))
    assert all(abs(at - 60 * number / 1000) < 6 for number, at in enumerate(second))


def test_a_place_is_the_same_everywhere() -> None:
    """
    A source keeps its place whatever the process and the host.
    """
    assert [0.8894, 0.0811] == [round(place(name), 4) for name in ("", "api")]


def test_each_failure_in_a_row_rests_longer() -> None:
    """
    A source that fails rests for its interval, then twice as long each time, up to an hour.
    """
    assert [60, 120, 240, 480, 960, 1920, 3600, 3600] == rests(REFUSED, 60, 8)


def test_what_needs_a_human_rests_for_long_at_once() -> None:
    """
    What no second try will help is tried once an hour.
    """
    assert [3600, 3600] == rests(DENIED, 60, 2)


def test_a_host_that_is_away_is_asked_more_often() -> None:
    """
    A source whose host is away does not rest for longer than ten minutes, for the host may be back for all.
    """
    assert [60, 120, 240, 480, 600, 600] == rests(AWAY, 60, 6)


def test_our_own_database_is_no_fault_of_a_source() -> None:
    """
    However long the database was away, every source goes on after its interval.
    """
    assert [60, 60, 60] == rests(NO_DATABASE, 60, 3)


@pytest.mark.parametrize("problem", [REFUSED, DENIED, AWAY])
def test_a_long_interval_is_never_made_shorter(problem: Problem) -> None:
    """
    A source that is to be polled twice a day is not polled every hour because it fails.
    """
    assert [43_200, 43_200] == rests(problem, 43_200, 2)


@given(intervals, st.integers(1, 10**9), chances, st.sampled_from([REFUSED, DENIED, AWAY, NO_DATABASE]))
def test_a_failure_is_tried_again(interval: float, attempts: int, chance: float, problem: Problem) -> None:
    """
    After any number of failures the next try comes, no sooner than usual, and within an hour or the interval.
    """
    rest = rest_after(problem, interval, attempts=attempts, chance=chance)

    assert 0.9 * interval <= rest <= max(interval, 3600)
