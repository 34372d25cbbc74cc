"""A server that freezes, restarts or is gone: each call ends in time, and afterwards the same store works again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial

import pytest

from headwater import Store
from headwater.clock import boot_seconds
from headwater.errors import DatabaseUnavailableError, OutcomeUnknownError
from tests.databases.network import NetworkServer
from tests.databases.pool import Pool
from tests.store.frozen import Wire, frozen
from tests.store.kinds import ON_OWN_SERVERS

PATIENCE, DEADLINE, SLACK = 5.0, 2.0, 3.0
SETTING_UP = 10.0
"""The deadline of a statement that makes a table."""

GONE = (DatabaseUnavailableError, OutcomeUnknownError)

LOGIN = [b"user\0", b"SCRAM", b"pg_catalog.version", b"standard_conforming", b"plan_cache_mode"]
MOMENTS = [
    pytest.param("postgresql", LOGIN, DEADLINE, marks=pytest.mark.postgresql),
    pytest.param("postgresql", [b"headwater_version", b"try_advisory"], DEADLINE, marks=pytest.mark.postgresql),
    pytest.param("postgresql", [b"CREATE TABLE"], SETTING_UP, marks=pytest.mark.postgresql),
    pytest.param("postgresql", [b"COMMIT"], SETTING_UP, marks=pytest.mark.postgresql),
    pytest.param("mariadb", [b"mysql_native", b"READ COMMITTED", b"sql_mode"], DEADLINE, marks=pytest.mark.mariadb),
    pytest.param("mariadb", [b"headwater_version"], DEADLINE, marks=pytest.mark.mariadb),
    pytest.param("mariadb", [b"CREATE TABLE"], SETTING_UP, marks=pytest.mark.mariadb),
]
"""Of what the client says when the server freezes, and in how many seconds the step must be over."""


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


@pytest.mark.parametrize(("kind", "words", "seconds"), MOMENTS)
def test_opening_has_a_deadline(own_servers: Pool, kind: str, words: list[bytes], seconds: float) -> None:
    """
    Whenever a server freezes while a database is opened, that ends within the deadline of the step.

    It may be a pooler that answers for a frozen server: the login, and what SQLAlchemy asks, need not be the last
    words. What was being set up then is set up by who comes next.
    """
    with ExitStack() as ended, ThreadPoolExecutor(len(words)) as callers:
        urls = [ended.enter_context(own_servers.get(kind).fresh_database()) for _ in words]
        with ExitStack() as wires:
            frozen_at = [wires.enter_context(Wire(url, until=word)) for url, word in zip(urls, words, strict=True)]
            outcomes = list(callers.map(outcome, [partial(Store, wire.url) for wire in frozen_at]))
        for url in urls:
            Store(url).close()

    assert [DatabaseUnavailableError] * len(words) == [error for error, _ in outcomes]
    assert seconds + SLACK > max(took for _, took in outcomes)
