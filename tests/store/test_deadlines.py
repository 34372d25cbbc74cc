"""The deadline of a store: what it was told holds for its client, and for the server in proportion."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

import headwater
from headwater import AsyncStore, DatabaseUnavailableError, Store, Timing, TimingError
from headwater.store.deadlines import Deadlines
from headwater.store.engine import open_engine, parse
from headwater.store.history import NoHistory
from headwater.store.session import Rows, Session
from tests.conftest import SHARED_POOL
from tests.store.frozen import Wire
from tests.store.kinds import ON_MARIADB, ON_POSTGRESQL

Opening = Callable[[str, float], object]


def blocking(url: str, deadline: float) -> object:
    """
    Open a Store.
    """
    return Store(url, deadline=deadline)


def awaiting(url: str, deadline: float) -> object:
    """
    Open an AsyncStore.
    """
    return asyncio.run(AsyncStore(url, deadline=deadline).open())


def joining(url: str, deadline: float) -> object:
    """
    Join with these times.
    """
    return headwater.join(url, "ci-a", timing=Timing(statement=deadline))


def told(database: str, deadline: float, question: str) -> Rows:
    """
    Ask what the server was told on a connection with this deadline.
    """
    engine, dialect = open_engine(parse(database), deadlines=Deadlines(deadline))
    session = Session(engine, dialect, NoHistory())
    try:
        return session.rows(question)
    finally:
        session.close()
        engine.dispose()


@ON_POSTGRESQL
@pytest.mark.parametrize(("deadline", "limits"), [(10, ("6s", "7500ms", "15s")), (0.5, ("300ms", "375ms", "750ms"))])
def test_the_limits_of_postgresql(database: str, deadline: float, limits: tuple[str, ...]) -> None:
    """
    PostgreSQL ends locks, statements and idle transactions in proportion to how long the client waits.
    """
    names = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")
    question = "SELECT " + ", ".join(f"current_setting('{name}')" for name in names)

    assert [limits] == told(database, deadline, question)


@ON_MARIADB
@pytest.mark.parametrize(("deadline", "limits"), [(10, (6, 7.5, 15)), (0.5, (1, 0.375, 1))])
def test_the_limits_of_mariadb(database: str, deadline: float, limits: tuple[float, ...]) -> None:
    """
    So does MariaDB, in whole seconds for locks and idle transactions; where that is too long, the statement ends.
    """
    question = "SELECT @@innodb_lock_wait_timeout, @@max_statement_time, @@idle_transaction_timeout"

    assert [limits] == told(database, deadline, question)


@pytest.mark.postgresql
@pytest.mark.parametrize("opening", [blocking, awaiting, joining])
def test_a_frozen_server_is_given_up_in_time(pytestconfig: pytest.Config, opening: Opening) -> None:
    """
    A server that freezes after the login is given up when it was told to be.
    """
    with (
        pytestconfig.stash[SHARED_POOL].get("postgresql").fresh_database() as url,
        Wire(url, until=b"headwater_version") as wire,
        pytest.raises(DatabaseUnavailableError, match=r"no answer within 0\.3 s$"),
    ):
        opening(wire.url, 0.3)


@pytest.mark.parametrize("opening", [blocking, awaiting])
def test_a_deadline_that_is_none(opening: Opening) -> None:
    """
    What nobody can wait for is refused, whatever the database.
    """
    with pytest.raises(TimingError, match="the deadline of 0 s for one statement must be more than 0"):
        opening("sqlite://", 0)
