"""The servers that the tests run on are what the other tests take them for."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import NullPool, create_engine, inspect, text

from headwater import Store
from tests.databases import PostgreSQL, Server
from tests.databases.network import NetworkServer
from tests.databases.pool import EACH_PROCESS, Pool, start

REPOSITORY = Path(__file__).parents[2]

START_AND_WAIT = """
import sys, time
from tests.databases import KINDS
server = KINDS[sys.argv[1]].start()
print(server.port, server.folder, flush=True)
time.sleep(600)
"""


@pytest.fixture(params=EACH_PROCESS)
def process(request: pytest.FixtureRequest) -> Iterator[NetworkServer]:
    """
    A server with a process, for this test alone.
    """
    server = start(request.param)
    assert isinstance(server, NetworkServer)
    yield server
    server.stop()


def run(url: str, *statements: str) -> list[tuple[object, ...]]:
    """
    Run these statements in one transaction and return the rows of the last one.
    """
    with create_engine(url, poolclass=NullPool).begin() as connection:
        *before, last = statements
        for statement in before:
            connection.execute(text(statement))
        result = connection.execute(text(last))
        return [tuple(row) for row in result] if result.returns_rows else []


def tables(url: str) -> list[str]:
    """
    Return the names of the tables in a database.
    """
    return inspect(create_engine(url, poolclass=NullPool)).get_table_names()


def shapes(url: str) -> dict[str, list[object]]:
    """
    Return what every table is made of.
    """
    inspector = inspect(create_engine(url, poolclass=NullPool))
    asked = (inspector.get_columns, inspector.get_pk_constraint, inspector.get_foreign_keys, inspector.get_indexes)
    return {name: [str(ask(name)) for ask in asked] for name in inspector.get_table_names()}


def contents(url: str) -> dict[str, list[tuple[object, ...]]]:
    """
    Return the rows of every table.
    """
    return {name: run(url, f"SELECT * FROM {name}") for name in tables(url)}


def answers(port: int) -> bool:
    """
    Tell whether somebody listens on this port.
    """
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_until_gone(folder: Path) -> None:
    """
    Return when the folder is not there any more, or when that has taken too long.
    """
    deadline = time.monotonic() + 30
    while folder.exists() and time.monotonic() < deadline:
        time.sleep(0.02)


def test_a_fresh_database_is_empty(empty_database: str) -> None:
    """
    A test begins with a database in which there is no table, and which can be written.
    """
    before = tables(empty_database)
    run(empty_database, "CREATE TABLE t (n INTEGER)")

    assert ([], ["t"]) == (before, tables(empty_database))


def test_a_ready_database_is_like_one_that_was_set_up(server: Server) -> None:
    """
    It has the same tables, keys and indexes, and the same rows in them, and is no other's.
    """
    with server.fresh_database() as made, server.ready_database() as one, server.ready_database() as other:
        Store(made).close()
        with Store(one) as store:
            assert {"api"} == set(store.register(["api"]))

        assert shapes(made) == shapes(one) == shapes(other)
        assert contents(made) == contents(other)


def test_databases_are_separate(server: Server) -> None:
    """
    What is written into one database is not seen in another one on the same server.
    """
    with server.fresh_database() as one, server.fresh_database() as other:
        run(one, "CREATE TABLE t (n INTEGER)")

        assert (["t"], []) == (tables(one), tables(other))


def test_a_dropped_database_is_gone(server: Server) -> None:
    """
    A database is dropped even if a client is left in the middle of a transaction, and comes back empty.
    """
    url = server.create("left_behind")
    run(url, "CREATE TABLE t (n INTEGER)")
    client = create_engine(url, poolclass=NullPool).connect()
    client.execute(text("SELECT n FROM t"))

    server.drop("left_behind")
    client.invalidate()
    client.close()

    assert [] == tables(server.create("left_behind"))
    server.drop("left_behind")


def test_what_was_committed_survives_a_kill(server: Server, server_database: str) -> None:
    """
    A server that was killed comes back at the same address with all that was committed.
    """
    engine = "ENGINE=InnoDB" if server.kind == "mariadb" else ""
    run(server_database, f"CREATE TABLE t (n INTEGER) {engine}", "INSERT INTO t VALUES (7)")

    server.kill()
    server.restart()

    assert [(7,)] == run(server_database, "SELECT n FROM t")


def test_a_server_left_dead_is_revived(server: Server, own_servers: Pool) -> None:
    """
    A test may leave its server dead: the next one that asks for it finds it running.
    """
    server.kill()

    assert own_servers.get(server.kind).running


def test_nothing_is_left_of_a_stopped_server(process: NetworkServer) -> None:
    """
    A server that was stopped no longer listens and leaves nothing on the disk.
    """
    folder = process.folder
    before = (answers(process.port), folder.exists())

    process.stop()

    assert ((True, True), (False, False)) == (before, (answers(process.port), folder.exists()))


@pytest.mark.parametrize("kind", EACH_PROCESS)
def test_a_server_ends_with_its_owner(kind: str, own_servers: Pool) -> None:
    """
    A server stops, and its folder goes, when the process that started it is killed.
    """
    own_servers.get(kind)  # skips where it is not installed
    command = [sys.executable, "-c", START_AND_WAIT, kind]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        port, folder = owner.stdout.readline().split()
        before = (answers(int(port)), Path(folder).exists())
        owner.kill()

    wait_until_gone(Path(folder))

    assert ((True, True), (False, False)) == (before, (answers(int(port)), Path(folder).exists()))


def test_a_borrowed_server_cannot_be_stopped(process: NetworkServer) -> None:
    """
    A server that another process started can be used, but neither killed nor stopped.
    """
    borrowed = type(process).at(process.address)

    with borrowed.fresh_database() as url:
        run(url, "SELECT 1")
    with pytest.raises(RuntimeError, match="belongs to another process"):
        borrowed.stop()

    assert process.running


@pytest.mark.mariadb
def test_mariadb_has_defaults_not_to_be_trusted(own_servers: Pool) -> None:
    """
    Who names neither engine nor character set gets MyISAM and latin1 from the MariaDB of the tests.
    """
    with own_servers.get("mariadb").fresh_database() as url:
        row = run(url, "SELECT @@default_storage_engine, @@character_set_database")

    assert [("MyISAM", "latin1")] == row


@pytest.mark.postgresql
def test_postgresql_keeps_its_durability(own_servers: Pool) -> None:
    """
    The PostgreSQL of the tests waits for the disk as an installed one does, so durability can be tested on it.
    """
    with own_servers.get("postgresql").fresh_database() as url:
        (row,) = run(url, "SELECT current_setting('fsync'), current_setting('synchronous_commit')")

    assert ("on", "on") == row


@pytest.mark.postgresql
def test_a_server_can_have_parameters() -> None:
    """
    A test can start a server with a setting of its own.
    """
    server = PostgreSQL.start(max_connections="17")
    try:
        with server.fresh_database() as url:
            row = run(url, "SELECT current_setting('max_connections')")
    finally:
        server.stop()

    assert [("17",)] == row
