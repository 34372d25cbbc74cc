"""A server that freezes, restarts or is gone: each call ends in time, and afterwards the same store works again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from headwater import Store
from headwater.clock import boot_seconds
from headwater.errors import DatabaseUnavailableError, OutcomeUnknownError
from tests.databases.network import NetworkServer
from tests.store.frozen import Wire, frozen
from tests.store.kinds import ON_OWN_SERVERS, ON_POSTGRESQL

PATIENCE, DEADLINE, SLACK = 5.0, 2.0, 3.0

GONE = (DatabaseUnavailableError, OutcomeUnknownError)


@pytest.fixture
def store(server_database: str) -> Iterator[Store]:
    """
    A store on a server that may be broken.
    """
    with Store(server_database) as store:
        yield store


def outcome(call: Callable[[], object]) -> tuple[object, float]:
    """
    Make a call; return its answer, or the type of its error, and how long that took.
    """
    start = boot_seconds()
    try:
        return call(), boot_seconds() - start
    except GONE as error:
        return type(error), boot_seconds() - start


@ON_OWN_SERVERS
def test_a_frozen_server_keeps_nobody_for_ever(server: NetworkServer, server_database: str, store: Store) -> None:
    """
    Each call to a frozen server ends with an error within the deadline and the patience, and so does opening.

    What may have been committed is told apart from what was not. Once the server goes on, so does the store.
    """
    (known,) = store.register(["known"]).values()
    master = store.join("build1")
    calls: list[Callable[[], object]] = [
        lambda: store.source(known),
        lambda: store.register(["new"]),
        lambda: store.heartbeat(master),
        lambda: Store(server_database),
    ]
    for call in calls[:3]:
        call()
    with frozen(server), ThreadPoolExecutor(len(calls)) as callers:
        outcomes = list(callers.map(outcome, calls))

    errors = [DatabaseUnavailableError, DatabaseUnavailableError, OutcomeUnknownError, DatabaseUnavailableError]
    assert errors == [error for error, _ in outcomes]
    assert PATIENCE + DEADLINE + SLACK > max(seconds for _, seconds in outcomes)
    assert store.heartbeat(master)
    assert {"known": known} == store.find(["known"])
    assert {"new"} == set(store.register(["new"]))


@ON_OWN_SERVERS
def test_a_restart_is_survived(server: NetworkServer, store: Store) -> None:
    """
    A server that is restarted costs its callers time at the most; they need not do anything.
    """
    before = store.register(["linux"])
    server.restart()

    assert before == store.register(["linux"])
    assert {"linux", "git"} == set(store.register(["linux", "git"]))


@ON_OWN_SERVERS
def test_a_killed_server_is_waited_for(server: NetworkServer, store: Store) -> None:
    """
    A call that is made while the server is down is answered in time, and in good order if that comes back in time.
    """
    before = store.register(["linux"])
    server.kill()
    with ThreadPoolExecutor(1) as callers:
        asked = callers.submit(outcome, lambda: store.find(["linux"]))
        server.restart()
        answer, seconds = asked.result()

    assert answer in (before, DatabaseUnavailableError)
    assert PATIENCE + DEADLINE + SLACK > seconds
    assert before == store.find(["linux"])


@ON_POSTGRESQL
def test_a_connection_that_hangs_while_it_is_made(database: str) -> None:
    """
    The deadline holds from the first word to a new connection on, as where a pooler answers for a frozen server.
    """
    with Wire(database, until=b"plan_cache_mode") as wire:
        error, seconds = outcome(lambda: Store(wire.url))

    assert DatabaseUnavailableError is error
    assert DEADLINE + SLACK > seconds
