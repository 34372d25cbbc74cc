"""What an account must be allowed on a server: rows for everything, tables only for setting up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from uuid import uuid4

import pytest
from sqlalchemy import make_url

from headwater import DatabaseUnavailableError, Store
from headwater.values import Move
from tests.conformance.holding import claimed, record
from tests.conformance.invariants import violations
from tests.conformance.rows import run_all
from tests.store.kinds import ON_SERVERS, only

MAIN = "refs/heads/main"

Restrict = Callable[[str], str]


@pytest.fixture
def restricted() -> Iterator[Restrict]:
    """
    Make accounts that may only read and write the rows of what is in a database, and return its URL with theirs.
    """
    with ExitStack() as undo:

        def restrict(database: str) -> str:
            url, name = make_url(database), f"restricted_{uuid4().hex[:8]}"
            rows = "SELECT, INSERT, UPDATE, DELETE"
            if url.get_backend_name() == "postgresql":
                make = [
                    f"CREATE USER {name} PASSWORD 'secret'",
                    f"GRANT {rows} ON ALL TABLES IN SCHEMA public TO {name}",
                    f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {name}",
                ]
                undo.callback(run_all, database, f"DROP OWNED BY {name}", f"DROP USER {name}")
            else:
                make = [f"CREATE USER {name} IDENTIFIED BY 'secret'", f"GRANT {rows} ON `{url.database}`.* TO {name}"]
                undo.callback(run_all, database, f"DROP USER {name}")
            run_all(database, *make)
            return url.set(username=name, password="secret").render_as_string(hide_password=False)

        yield restrict


@ON_SERVERS
def test_rows_are_enough(database: str, restricted: Restrict) -> None:
    """
    Who may read and write rows registers, joins, claims, records, reads and leaves.
    """
    with Store(restricted(database)) as store:
        master = store.join("ci")
        fence = claimed(store, master)
        store.baseline(fence, {MAIN: "a"})
        record(store, fence, 0, Move(ref=MAIN, before="a", after="b"))

        assert store.heartbeat(master)
        assert ["b"] == [change.after for change in store.changes()]
        assert [fence.source] == store.leave(master)

    assert [] == violations(database)


@only("postgresql", "mariadb", fixture="empty_database")
def test_setting_up_needs_tables(empty_database: str, restricted: Restrict) -> None:
    """
    Who may not make tables is told so where there are none; then somebody who may opens the database once.
    """
    url = restricted(empty_database)

    with pytest.raises(DatabaseUnavailableError, match=r"permission denied for schema public|CREATE command denied"):
        Store(url)
