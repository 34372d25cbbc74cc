"""Locks that a test holds, and how many wait for one, as the server tells it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import make_url

from headwater.store.deadlines import Deadlines
from headwater.store.engine import open_engine, parse
from headwater.store.history import NoHistory
from headwater.store.session import Session

PATIENCE = 60.0
"""The deadline of a statement: no lock here is given up while a slow host takes the next step."""

_BLOCKED = """
    SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0"""

# Not the tables of information_schema: who reads them more often than every 0.1 s is shown the same for ever.
_STATUS = "SHOW ENGINE INNODB STATUS"
_WAITING = r"TRX HAS BEEN WAITING [^\n]*\n[^\n]* of table `{database}`"


@contextmanager
def connected(url: str) -> Iterator[Session]:
    """
    Give a connection that waits, and is waited for, as long as a test may take.
    """
    session = Session(*open_engine(parse(url), deadlines=Deadlines(PATIENCE)), NoHistory())
    try:
        yield session
    finally:
        session.close()


@contextmanager
def held(url: str, row: str) -> Iterator[None]:
    """
    Lock a row, named as ``table WHERE column = 1``, for as long as the block lasts.
    """
    with connected(url) as session, session.transaction():
        assert session.rows(f"SELECT * FROM {row} {{for_update}}")
        yield


@contextmanager
def observed(url: str) -> Iterator[Callable[[], int]]:
    """
    Give a question to the server: how many transactions wait for a lock in this database.
    """
    with connected(url) as session:
        if make_url(url).get_backend_name() == "postgresql":
            yield lambda: len(session.rows(_BLOCKED))
        else:
            waiting = _WAITING.format(database=make_url(url).database)
            yield lambda: len(re.findall(waiting, session.rows(_STATUS)[0][-1]))
