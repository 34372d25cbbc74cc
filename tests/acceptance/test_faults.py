"""Whatever is wrong with a database, a command ends in time with one sentence, and tells no password."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import make_url

from headwater import Store
from headwater.clock import boot_seconds
from tests.acceptance.host import Host
from tests.acceptance.sentences import sentence
from tests.conformance.rows import run
from tests.databases.network import NetworkServer
from tests.databases.postgresql import PASSWORD
from tests.store.frozen import Wire, frozen
from tests.store.kinds import ON_OWN_SERVERS, only
from tests.store.migrating import migrate

IN_TIME = 10.0
"""Seconds within which a command ends that meets a fault: patience, deadline, and the start of a process."""


@dataclass(frozen=True)
class Place:
    """
    A database that is to be damaged.
    """

    server: NetworkServer
    url: str


Fault = Callable[[Place], AbstractContextManager[str]]
"""Does the damage, and gives the URL under which a command will meet it."""


@contextmanager
def frozen_server(place: Place) -> Iterator[str]:
    """
    All its processes are stopped: connections are accepted, and nobody answers.
    """
    with frozen(place.server):
        yield place.url


@contextmanager
def dead_server(place: Place) -> Iterator[str]:
    """
    It was killed; nobody listens.
    """
    place.server.kill()
    yield place.url


@contextmanager
def frozen_after_login(place: Place) -> Iterator[str]:
    """
    The login is answered; nothing that follows is.
    """
    first = b"pg_catalog.version" if place.server.kind == "postgresql" else b"READ COMMITTED"
    with Wire(place.url, until=first) as wire:
        yield wire.url


@contextmanager
def wrong_password(place: Place) -> Iterator[str]:
    """
    The URL has another password than the account.
    """
    yield make_url(place.url).set(password=f"not {PASSWORD}").render_as_string(hide_password=False)


@contextmanager
def no_such_database(place: Place) -> Iterator[str]:
    """
    The URL names a database that nobody made.
    """
    yield place.server.url_of("nowhere")


@contextmanager
def older_tables(place: Place) -> Iterator[str]:
    """
    The tables are of an earlier version.
    """
    migrate(place.url, "0001")
    yield place.url


@contextmanager
def newer_tables(place: Place) -> Iterator[str]:
    """
    The tables are of a version to come.
    """
    Store(place.url).close()
    run(place.url, "UPDATE headwater_version SET version_num = '9999'")
    yield place.url


@contextmanager
def somebodys_tables(place: Place) -> Iterator[str]:
    """
    Another program has a table of a name that Buildbot uses.
    """
    run(place.url, "CREATE TABLE masters (id INTEGER)")
    yield place.url


@contextmanager
def empty_and_read_only(place: Place) -> Iterator[str]:
    """
    Nothing is there, and nothing may be made.
    """
    with ExitStack() as undo:
        yield _read_only(place, undo)


@contextmanager
def read_only(place: Place) -> Iterator[str]:
    """
    All is there, and may be read only.
    """
    Store(place.url).close()
    with ExitStack() as undo:
        yield _read_only(place, undo)


def _read_only(place: Place, undo: ExitStack) -> str:
    server, url = place.server, place.url
    name = str(make_url(url).database)
    if server.kind == "postgresql":
        run(url, f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
        undo.callback(run, server.url_of("postgres"), f'ALTER DATABASE "{name}" RESET default_transaction_read_only')
        return url
    run(url, f"CREATE USER reader IDENTIFIED BY '{PASSWORD}'", f"GRANT SELECT ON {name}.* TO reader")
    undo.callback(run, url, "DROP USER reader")
    return make_url(url).set(username="reader").render_as_string(hide_password=False)


FAULTS: list[tuple[Fault, str]] = [
    (frozen_server, r"connection timeout expired|timed out"),
    (frozen_after_login, r"no answer within 2 s|timed out"),
    (dead_server, r"Connection refused|Can't connect to MySQL server"),
    (wrong_password, r"password authentication failed|Access denied"),
    (no_such_database, r'database "nowhere" does not exist|Unknown database .nowhere.'),
    (older_tables, r"its tables are older \(version 0001\): run `headwater upgrade`"),
    (newer_tables, r"its tables are newer \(version 9999\): use a newer Headwater"),
    (somebodys_tables, r"it is neither Headwater's nor Buildbot's"),
    (empty_and_read_only, r"read-only transaction|command denied"),
    (read_only, r"read-only transaction|command denied"),
]
"""Each with what the sentence says on PostgreSQL, or on MariaDB."""


@ON_OWN_SERVERS
@pytest.mark.parametrize(("fault", "says"), FAULTS, ids=[fault.__name__ for fault, _ in FAULTS])
def test_a_fault_is_one_sentence(
    lone_host: Host, server: NetworkServer, server_database: str, fault: Fault, says: str
) -> None:
    """
    A command that meets a fault of the database ends with 1 within 10 s; its one sentence names database and fault.
    """
    lone_host.clone("api")
    with fault(Place(server, server_database)) as url:
        began = boot_seconds()
        said = sentence(lone_host.headwater("--database", url, "run", "api"))
        took = boot_seconds() - began

    assert re.search(says, said)
    assert f":***@127.0.0.1:{make_url(url).port}/" in said
    assert IN_TIME > took


@pytest.mark.parametrize(
    ("url", "module", "extra"),
    [("postgresql://ci:secret@db/x", "psycopg", "postgresql"), ("mysql://ci:secret@db/x", "pymysql", "mysql")],
)
def test_a_missing_driver_names_its_extra(lone_host: Host, url: str, module: str, extra: str) -> None:
    """
    Where the driver cannot be imported, the sentence says what to install.
    """
    (lone_host.folder / f"{module}.py").write_text("raise ImportError")

    said = sentence(lone_host.headwater("--database", url, "changes", PYTHONPATH=str(lone_host.folder)))

    assert said.endswith(f"needs the driver {module}: pip install 'headwater[{extra}]'")


@pytest.mark.parametrize("command", ["changes", "upgrade"])
def test_an_option_that_is_none(lone_host: Host, command: str) -> None:
    """
    What stands after the question mark and means nothing to the driver is told by every command alike.
    """
    said = sentence(lone_host.headwater("--database=mysql://ci:secret@127.0.0.1:1/x?nonsense=1", command))

    assert "has an option that the driver does not take" in said


@only("postgresql", fixture="empty_database")
@pytest.mark.parametrize(
    ("word", "seconds"), [(b"pg_catalog.version", 2), (b"headwater_version", 2), (b"CREATE TABLE", 10)]
)
def test_an_upgrade_has_a_deadline(lone_host: Host, empty_database: str, word: bytes, seconds: int) -> None:
    """
    `upgrade` too gives a server up that freezes after the login, and the next one does all.
    """
    migrate(empty_database, "0001")
    with Wire(empty_database, until=word) as wire:
        said = sentence(lone_host.headwater("--database", wire.url, "upgrade"))

    assert said.endswith(f"no answer within {seconds} s")
    assert 0 == lone_host.headwater("--database", empty_database, "upgrade").code


def test_exit_codes_tell_failed_from_not_found(lone_host: Host, tmp_path: Path) -> None:
    """
    A source that is not there ends with 3 where the database answers, and with 1 where it does not.
    """
    there, nowhere = f"sqlite:///{tmp_path}/there.db", "sqlite:////nowhere/there.db"
    codes = [lone_host.headwater("--database", url, "history", "api").code for url in (there, nowhere)]

    assert [3, 1] == codes
