"""A deadline for calls whose driver has none."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from headwater.store.watchdog import Watchdog
from tests.unit.clocks import FakeClock

DEADLINE = 2.0


@pytest.fixture
def clock() -> FakeClock:
    """
    The watchdog's clock.
    """
    return FakeClock()


@pytest.fixture
def watchdog(clock: FakeClock) -> Iterator[Watchdog]:
    """
    A watchdog, closed after the test.
    """
    watchdog = Watchdog(deadline=DEADLINE, clock=clock)
    yield watchdog
    watchdog.close()


@pytest.fixture
def wire() -> Iterator[tuple[socket.socket, socket.socket]]:
    """
    The two ends of a connection.
    """
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def test_a_late_call_is_ended(watchdog: Watchdog, clock: FakeClock, wire: tuple[socket.socket, socket.socket]) -> None:
    """
    A call that waits for an answer beyond its deadline finds its socket shut, and waits no longer.
    """
    ours, _ = wire
    with watchdog.watching(ours.fileno()):
        clock.advance(DEADLINE + 0.1)

        assert b"" == ours.recv(1)


def test_a_late_call_is_told_why(
    watchdog: Watchdog, clock: FakeClock, wire: tuple[socket.socket, socket.socket]
) -> None:
    """
    Where the driver complains of the shut socket, its error says instead that there was no answer, and in what time.
    """
    ours, _ = wire

    def call() -> None:
        with watchdog.watching(ours.fileno(), 3 * DEADLINE):
            clock.advance(3 * DEADLINE + 0.1)
            ours.recv(1)
            raise ConnectionError("server closed the connection unexpectedly")

    with pytest.raises(ConnectionError, match=r"^no answer within 6 s$"):
        call()


def test_a_call_that_fails_in_time_keeps_its_error(
    watchdog: Watchdog, wire: tuple[socket.socket, socket.socket]
) -> None:
    """
    What a driver says of a call that failed in time is left as it is.
    """
    ours, _ = wire

    def call() -> None:
        with watchdog.watching(ours.fileno()):
            raise ConnectionError("no such table")

    with pytest.raises(ConnectionError, match=r"^no such table$"):
        call()


def test_a_call_in_time_is_left_alone(
    watchdog: Watchdog, clock: FakeClock, wire: tuple[socket.socket, socket.socket]
) -> None:
    """
    A call that ends within its deadline keeps its connection, however long that lives.
    """
    ours, theirs = wire
    with watchdog.watching(ours.fileno()):
        clock.advance(DEADLINE)
        watchdog._shut_the_late()
    clock.advance(10 * DEADLINE)
    watchdog._shut_the_late()
    theirs.send(b"x")

    assert b"x" == ours.recv(1)


def test_each_call_has_the_whole_deadline(
    watchdog: Watchdog, clock: FakeClock, wire: tuple[socket.socket, socket.socket]
) -> None:
    """
    The calls of one connection are watched one by one, not added up.
    """
    ours, theirs = wire
    for _ in range(3):
        with watchdog.watching(ours.fileno()):
            clock.advance(DEADLINE - 0.1)
            watchdog._shut_the_late()
    theirs.send(b"x")

    assert b"x" == ours.recv(1)


def test_a_socket_that_is_gone_is_no_error(watchdog: Watchdog, clock: FakeClock) -> None:
    """
    A connection that was closed while it was watched does not end the watchdog.
    """
    ours, theirs = socket.socketpair()
    with theirs, watchdog.watching(ours.fileno()):
        ours.close()
        clock.advance(DEADLINE + 0.1)
        watchdog._shut_the_late()


def test_closing_ends_the_thread() -> None:
    """
    After closing there is no thread left.
    """
    before = threading.active_count()
    Watchdog(deadline=DEADLINE).close()

    assert before == threading.active_count()
