"""Where the database can tell, a master looks at once; elsewhere it looks a little later."""

from __future__ import annotations

import threading

import pytest
from psycopg import connect
from sqlalchemy import make_url

from headwater import Store
from headwater.clock import boot_seconds
from headwater.cluster.timing import Timing
from tests.cluster.conftest import Make
from tests.cluster.listening import SOON, HeardEngine, HeardStore
from tests.store.frozen import Wire

SELDOM = Timing(heartbeat=100, lease=300, expiry=600)

ON_POSTGRESQL = pytest.mark.parametrize(
    "database", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)

_END_LISTENERS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND query LIKE 'LISTEN%'"""


@pytest.fixture
def seldom(make: Make) -> HeardEngine:
    """
    An engine that beats every hundred seconds, and has had its first looks.
    """
    engine = make(timing=SELDOM)
    engine.start()
    engine.heard.looks.get(timeout=SOON)
    return engine


@ON_POSTGRESQL
def test_a_release_wakes_the_others(store: HeardStore, seldom: HeardEngine) -> None:
    """
    What somebody releases or adds is claimed within a second, though the next heartbeat is far away.
    """
    other = store.join("ci-b")
    (api,) = store.register(["api"]).values()
    tokens = store.claim([api], other)
    store.add("api")

    began = boot_seconds()
    store.release(tokens, other)
    first = seldom.next_gained()
    released = boot_seconds()
    store.add("web")
    second = seldom.next_gained()
    added = boot_seconds()

    assert ["api", "web"] == [first.source, second.source]
    assert released - began < 1
    assert added - released < 1


@ON_POSTGRESQL
def test_a_listener_comes_back(store: HeardStore, seldom: HeardEngine) -> None:
    """
    A master that lost the connection on which it listens connects again, and looks at what it has missed.
    """
    url = make_url(store.url).set(drivername="postgresql").render_as_string(hide_password=False)
    with connect(url, autocommit=True) as connection:
        ended = connection.execute(_END_LISTENERS).fetchall()
    store.add("api")

    assert [(True,)] == ended
    assert "api" == seldom.next_gained().source


@ON_POSTGRESQL
def test_a_server_that_is_silent_before_it_listens(database: str) -> None:
    """
    Who stops listening does not wait for a server that goes silent between the login and the first word.
    """
    with Wire(database, until=b"LISTEN headwater") as wire, Store(wire.url) as store:
        listener = store.database.listen(lambda: None)
        assert listener is not None
        assert wire.is_silent.wait(SOON)
        closing = threading.Thread(target=listener.close, daemon=True)
        closing.start()
        closing.join(SOON)

        assert not closing.is_alive()


def test_a_database_that_cannot_tell(store: HeardStore) -> None:
    """
    Only PostgreSQL tells those who listen.
    """
    listener = store.database.listen(lambda: None)

    assert store.url.startswith("postgresql") == (listener is not None)
    if listener is not None:
        listener.close()
