"""When the next poll of a host may begin, by what is known of the host."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.running.gates import Gate, Limits

QUICK = Limits(per_host=3, rate=1000)
SLOW = Limits(per_host=3, rate=2)


def failed(gate: Gate, times: int, *, now: float = 0) -> Gate:
    """
    Let polls of a host fail, one after the other.
    """
    for _ in range(times):
        gate.begin(now)
        gate.fail("no route to host", now)
        gate.end()
    return gate


def test_so_many_at_once() -> None:
    """
    While as many polls of a host run as may, the next one waits until one has ended.
    """
    gate = Gate(QUICK)
    for _ in range(3):
        gate.begin(0)

    assert gate.opens_at() is None

    gate.end()

    assert gate.opens_at() is not None


def test_so_many_a_second() -> None:
    """
    Polls of a host begin no faster than its rate.
    """
    gate = Gate(SLOW)
    gate.begin(100)

    assert 100.5 == gate.opens_at()


def test_after_a_failure_one_at_a_time() -> None:
    """
    A host that has failed once gets one poll at a time until it answers: should it hang, it holds up no more.
    """
    gate = failed(Gate(QUICK), 1)
    gate.begin(1)

    assert not gate.is_shut
    assert gate.opens_at() is None

    gate.succeed()

    assert gate.opens_at() is not None


def test_three_failures_shut_it() -> None:
    """
    After three failures in a row one poll tries whether the host is back, later and later, at least every five minutes.
    """
    pauses = [failed(Gate(QUICK), times).opens_at() for times in range(3, 12)]

    assert [5, 10, 20, 40, 80, 160, 300, 300, 300] == pauses


def test_an_answer_opens_it() -> None:
    """
    One answer is enough: then all go on, and the next failures are counted anew.
    """
    gate = failed(Gate(QUICK), 7)
    gate.begin(200)
    gate.succeed()
    gate.end()

    assert not gate.is_shut
    assert gate.opens_at() == pytest.approx(200.001)
    assert not failed(gate, 2).is_shut


def test_an_answer_in_between() -> None:
    """
    Only failures in a row count: a repository of its own trouble does not shut its host.
    """
    gate = Gate(QUICK)
    for _ in range(10):
        failed(gate, 2)
        gate.succeed()

    assert not gate.is_shut


def test_who_is_waited_for_tries_at_once() -> None:
    """
    A check that somebody asked for tries whether the host is back without waiting for the next time.
    """
    gate = failed(Gate(QUICK), 9, now=100)

    assert gate.opens_at(is_urgent=True) == pytest.approx(100.001)


def test_who_is_waited_for_does_not_break_the_limits() -> None:
    """
    Even then one poll at a time tries.
    """
    gate = failed(Gate(QUICK), 9)
    gate.begin(0)

    assert gate.opens_at(is_urgent=True) is None


@pytest.mark.parametrize("limits", [{"in_flight": 0}, {"per_host": -1}, {"rate": 0.0}])
def test_limits_that_let_nothing_through(limits: dict[str, int]) -> None:
    """
    A limit of nothing is refused, for nothing would ever run.
    """
    with pytest.raises(ValueError, match="lets nothing through"):
        Limits(**limits)


steps = st.lists(st.tuples(st.sampled_from(["succeed", "fail", "neither"]), st.floats(0, 400)), max_size=60)


@given(steps, st.integers(1, 4))
def test_a_host_is_never_asked_too_much_and_never_forgotten(steps: list[tuple[str, float]], per_host: int) -> None:
    """
    Whatever happens, no more polls run than may, and when all have ended the next one begins within five minutes.
    """
    gate, now, running = Gate(Limits(per_host=per_host, rate=10)), 0.0, 0
    for what, later in steps:
        now += later
        opens_at = gate.opens_at()
        if opens_at is not None:
            now = max(now, opens_at)
            gate.begin(now)
            running += 1
            assert running <= per_host
        if running and (opens_at is None or later < 200):
            if what == "succeed":
                gate.succeed()
            elif what == "fail":
                gate.fail("no route to host", now)
            gate.end()
            running -= 1
    for _ in range(running):
        gate.end()

    opens_at = gate.opens_at()
    assert opens_at is not None
    assert opens_at <= now + 300
