"""Databases that cannot be opened: each face says why, by one clear error, and never tells the password."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from headwater import AsyncStore, Store
from headwater.db.connector import DBConnector
from headwater.errors import DatabaseUnavailableError, DatabaseUrlError, HeadwaterError, MissingDriverError
from tests.store.reactors import FakeReactor

Opening = Callable[[str], object]

NOT_A_DATABASE = "is no database that Headwater knows; use sqlite, postgresql, mysql or mariadb"
PIP = "pip install 'headwater[mysql]'"
OTHER = "install it, or write {}:// for Headwater's own choice ({})"
MALFORMED = "the database URL: is malformed; write "

each_malformed = pytest.mark.parametrize(
    ("url", "text"),
    [
        ("", MALFORMED + "it like sqlite:///headwater.db"),
        ("hunter2", MALFORMED + "it like sqlite:///headwater.db"),
        ("postgresql://me:hunter2@db:port/registry", MALFORMED + "it like sqlite:///headwater.db"),
        ("postgresql://me:hun@ter2@db/registry", MALFORMED + "an @ in the password as %40"),
        ("oracle://me:hunter2@db/registry", f"oracle://me:***@db/registry: {NOT_A_DATABASE}"),
    ],
    ids=["nothing", "a word", "a port that is none", "an @ in the password", "another database"],
)

each_missing = pytest.mark.parametrize(
    ("url", "module", "text"),
    [
        (
            "postgresql://me:hunter2@db/registry",
            "psycopg",
            "postgresql+psycopg://me:***@db/registry: needs the driver psycopg: pip install 'headwater[postgresql]'",
        ),
        (
            "mariadb://me:hunter2@db/registry",
            "pymysql",
            "mariadb+pymysql://me:***@db/registry: needs the driver pymysql: " + PIP,
        ),
        (
            "mysql+mysqldb://me:hunter2@db/registry",
            "MySQLdb",
            "mysql+mysqldb://me:***@db/registry: needs the driver mysqldb: " + OTHER.format("mysql", PIP),
        ),
        (
            "sqlite+paper:///registry.db",
            "paper",
            "sqlite+paper:///registry.db: needs the driver paper: " + OTHER.format("sqlite", "it comes with Python"),
        ),
    ],
    ids=["psycopg", "pymysql", "mysqldb", "paper"],
)


def blocking(url: str) -> object:
    """
    Open a Store.
    """
    return Store(url)


def awaiting(url: str) -> object:
    """
    Open an AsyncStore.
    """
    return asyncio.run(AsyncStore(url).open())


def deferring(url: str) -> object:
    """
    Set a connector up; raise what comes by its Deferred.
    """
    reactor = FakeReactor()
    answer = reactor.answer(DBConnector(url, reactor=reactor.as_reactor()).setup())
    if isinstance(answer, BaseException):
        raise answer
    return answer


each_face = pytest.mark.parametrize("opening", [blocking, awaiting, deferring])


def refusal(opening: Opening, url: str) -> HeadwaterError:
    """
    Try to open a database; return the error, which tells no password and leaves no thread behind.
    """
    before = set(threading.enumerate())
    with pytest.raises(HeadwaterError) as raised:
        opening(url)
    error: BaseException | None = raised.value
    while error is not None:
        assert "ter2" not in f"{error} {error!r}"
        error = error.__cause__
    assert {"headwater-watchdog"}.isdisjoint(thread.name for thread in set(threading.enumerate()) - before)
    return raised.value


@each_face
@each_malformed
def test_a_url_that_is_none(opening: Opening, url: str, text: str) -> None:
    """
    A URL that cannot be read, or names another kind of database, is refused without a word of what it holds.
    """
    error = refusal(opening, url)

    assert (DatabaseUrlError, text) == (type(error), str(error))


@each_face
@each_missing
def test_a_driver_that_is_missing(
    monkeypatch: pytest.MonkeyPatch, opening: Opening, url: str, module: str, text: str
) -> None:
    """
    A driver that is not installed is named, with what to do.
    """
    monkeypatch.setitem(sys.modules, module, None)
    error = refusal(opening, url)

    assert (MissingDriverError, text) == (type(error), str(error))


@each_face
def test_an_option_that_sqlite_does_not_take(opening: Opening) -> None:
    """
    What stands after the question mark of a file is refused, too, if nobody would look at it.
    """
    error = refusal(opening, "sqlite:///registry.db?password=hunter2&mode=ro")
    told = "has an option that the driver does not take: mode, password; SQLite's own need uri=true beside them"

    assert (DatabaseUrlError, f"sqlite:///registry.db: {told}") == (type(error), str(error))


def test_options_of_sqlite_s_own(tmp_path: Path) -> None:
    """
    What SQLite itself takes in the name of a file may stand there.
    """
    with Store(f"sqlite:///file:{tmp_path}/registry.db?mode=rwc&uri=true") as store:
        assert ["api"] == list(store.register(["api"]))

    assert (tmp_path / "registry.db").exists()


@each_face
@pytest.mark.parametrize("scheme", ["postgresql", "mysql"])
def test_a_server_that_is_not_there(opening: Opening, scheme: str) -> None:
    """
    Where nobody listens, the error names the address, and not the password, wherever in the URL that was.
    """
    error = refusal(opening, f"{scheme}://me:hunter2@127.0.0.1:1/registry")

    assert DatabaseUnavailableError is type(error)
    assert "://me:***@127.0.0.1:1/registry: " in str(error)
    assert "127.0.0.1" in str(error).partition(": ")[2]


@each_face
def test_a_folder_that_is_not_there(opening: Opening) -> None:
    """
    A file that SQLite cannot make is a database that cannot be reached.
    """
    error = refusal(opening, "sqlite:////nowhere/registry.db")

    assert (DatabaseUnavailableError, "sqlite:////nowhere/registry.db: unable to open database file") == (
        type(error),
        str(error),
    )


def test_a_password_in_the_query_is_not_shown() -> None:
    """
    What a URL says after its question mark may be a password too.
    """
    error = refusal(blocking, "postgresql://me@127.0.0.1:1/registry?password=hunter2")

    assert str(error).startswith("postgresql+psycopg://me@127.0.0.1:1/registry: ")


@each_face
@pytest.mark.parametrize("url", [None, b"sqlite://", 7], ids=repr)
def test_a_url_is_text(opening: Opening, url: str) -> None:
    """
    What is no str is no URL.
    """
    with pytest.raises(TypeError, match="a database URL is a str, not "):
        opening(url)


@pytest.mark.parametrize("option", ["nonsense=1", "connect_timeout=abc"])
def test_an_option_that_the_driver_does_not_take_is_told(option: str) -> None:
    """
    What stands after the question mark and makes no sense to the driver is a URL that is wrong, not Python's error.
    """
    with pytest.raises(DatabaseUrlError, match="has an option that the driver does not take"):
        Store(f"mysql://ci:hunter2@127.0.0.1:1/x?{option}")
