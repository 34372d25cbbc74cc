"""What somebody else locks is waited for a while, and never for ever."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from headwater import Master, Store
from headwater.clock import boot_seconds
from headwater.errors import DatabaseBusyError
from headwater.store import verbs
from headwater.store.engine import open_engine, parse
from headwater.store.history import NoHistory
from headwater.store.session import Session
from tests.store.gate import Asked, Gate
from tests.store.kinds import ON_SERVERS, ON_SQLITE
from tests.store.stopped import StoppedClient


@pytest.fixture
def store(database: str) -> Iterator[Store]:
    """
    A store on the database.
    """
    with Store(database) as store:
        yield store


@pytest.fixture
def master(store: Store) -> Master:
    """
    A master.
    """
    return store.join("build1")


@pytest.fixture
def client(database: str, store: Store, master: Master) -> Iterator[StoppedClient]:
    """
    Another process, stopped while it holds locks on the only source and on the heartbeat of the master.
    """
    source = store.register(["linux"])["linux"]
    with StoppedClient(database, source=source, master=master.id) as client:
        yield client


@ON_SERVERS
def test_a_lock_of_a_stopped_client(store: Store, master: Master, client: StoppedClient) -> None:
    """
    Who needs a lock that a stopped client holds is told within 3 s; soon the server ends that client's transaction.

    The others go on, and the client is told when it wakes.
    """
    start = boot_seconds()
    with pytest.raises(DatabaseBusyError):
        store.leave(master)
    told_after = boot_seconds() - start

    assert [] == until_free(store, master)
    assert boot_seconds() - start < 8
    assert told_after < 3
    assert "LOST" == client.go_on()


def until_free(store: Store, master: Master) -> list[int] | None:
    """
    Let a master leave, again and again while a lock keeps it from that.
    """
    for _ in range(10):
        try:
            return store.leave(master)
        except DatabaseBusyError:
            continue
    raise TimeoutError


@ON_SERVERS
def test_a_lock_concerns_only_those_who_need_it(database: str, store: Store, master: Master) -> None:
    """
    Of calls that share a batch, only those that need a locked row fail; the others are answered.
    """
    locked, free = store.register(["linux", "git"]).values()
    engine, dialect = open_engine(parse(database))
    session = Session(engine, dialect, NoHistory())
    tokens = store.claim([locked, free], master)
    with session.transaction():
        session.rows("SELECT * FROM changesource_masters WHERE changesourceid = :id {for_update}", id=locked)
        with Gate(store.database):
            asked = [Asked(store.database, verbs.release_claims({id_: tokens[id_]}, master)) for id_ in tokens]
        answers = [one.answer() for one in asked]
    session.close()

    assert [DatabaseBusyError, [free]] == [type(answers[0]), answers[1]]


@ON_SQLITE
def test_the_write_lock_of_a_stopped_client(store: Store, client: StoppedClient) -> None:
    """
    On SQLite nobody can end a stopped client's transaction: all who write are told after 5 s who holds the lock.

    Those that wait together are told together. Readers go on, and so do all once the client does.
    """
    with Gate(store.database):
        asked = [Asked(store.database, verbs.register(store.database.limits, [name])) for name in "abcdefgh"]
    start = boot_seconds()
    answers = [one.answer() for one in asked]
    waited = boot_seconds() - start

    assert {DatabaseBusyError} == {type(answer) for answer in answers}
    assert {f"database is locked (held by process {client.pid})"} == {str(answer).split(": ")[1] for answer in answers}
    assert 4 < waited < 8
    assert ["linux"] == [source.name for source in store.sources()]
    assert "COMMITTED" == client.go_on()
    assert {"a": 2} == store.register(["a"])
