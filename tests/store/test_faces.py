"""Faces that are cancelled, closed, forked, or never get as far as a database."""

from __future__ import annotations

import asyncio
import os
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence

import pytest
from twisted.internet.defer import CancelledError

from headwater import AsyncStore, Store
from headwater.db.connector import DBConnector
from headwater.errors import StoreClosedError
from headwater.store import sources
from headwater.store.attempt import Attempt
from headwater.store.database import Database
from headwater.store.performer import Verb
from headwater.store.requests import Part, Request, only
from headwater.store.session import Session
from tests.store.gate import SOON, Gate
from tests.store.kinds import ON_SQLITE
from tests.store.reactors import FakeReactor


@pytest.fixture
def reactor() -> FakeReactor:
    """
    A reactor that runs when the test says so.
    """
    return FakeReactor()


@pytest.fixture
def db(database: str, reactor: FakeReactor) -> Iterator[DBConnector]:
    """
    A connector that is set up, and stopped after the test.
    """
    db = DBConnector(database, reactor=reactor.as_reactor())
    assert reactor.answer(db.setup()) is None
    yield db
    assert reactor.answer(db.stop()) is None


def opened(db: DBConnector) -> Database:
    """
    Return the database that a connector has open.
    """
    assert db._database is not None
    return db._database


def opening_while_it_closes(gate: Gate, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Open a gate as soon as closing the database waits for its lane.
    """
    ((lane, _),) = database._lanes.values()
    join = lane._thread.join

    def open_and_join() -> None:
        gate.open()
        join()

    monkeypatch.setattr(lane._thread, "join", open_and_join)


def test_a_cancelled_task_drops_its_call(database: str) -> None:
    """
    A call that no batch has taken yet is not carried out if its task is cancelled; the store goes on.
    """

    async def cancel() -> dict[str, int]:
        async with AsyncStore(database) as store:
            with Gate(store.database):
                task = asyncio.create_task(store.register(["dropped"]))
                await asyncio.sleep(0)  # the task asks
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
            return await store.register(["kept"]) | await store.find(["dropped"])

    assert {"kept": 1} == asyncio.run(cancel())


@ON_SQLITE
def test_a_task_cancelled_too_late_has_asked(database: str) -> None:
    """
    A call that is being carried out while its task is cancelled is finished; nobody hears of its answer.
    """
    begun, go_on = threading.Event(), threading.Event()
    complaints: list[object] = []

    def register(session: Session, calls: Sequence[tuple[str]], attempt: Attempt) -> Sequence[object]:
        begun.set()
        assert go_on.wait(SOON)
        return sources.register(session, calls, attempt)

    async def cancel() -> dict[str, int]:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
        async with AsyncStore(database) as store:
            task = asyncio.create_task(store.ask(Request(Verb(register, "writes"), [Part(("late",))], only)))
            await asyncio.to_thread(begun.wait, SOON)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            go_on.set()
            return await store.register(["later"]) | await store.find(["late"])

    assert {"late": 1, "later": 2} == asyncio.run(cancel())
    assert [] == complaints


def test_a_cancelled_deferred_drops_its_call(db: DBConnector, reactor: FakeReactor) -> None:
    """
    A call that no batch has taken yet is not carried out if its Deferred is cancelled; the connector goes on.
    """
    with Gate(opened(db)):
        deferred = db.changesources.findChangeSourceId("dropped")
        deferred.cancel()
    cancelled = reactor.answer(deferred)
    kept = reactor.answer(db.changesources.findChangeSourceId("kept"))

    assert isinstance(cancelled, CancelledError)
    assert [{"id": kept, "name": "kept", "masterid": None}] == reactor.answer(db.changesources.getChangeSources())


def test_closing_answers_every_task(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Calls that wait while an AsyncStore is closed are refused; none is left waiting.
    """

    async def close() -> list[object]:
        store = AsyncStore(database)
        await store.open()
        with Gate(store.database) as gate:
            opening_while_it_closes(gate, store.database, monkeypatch)
            waiting = [asyncio.create_task(store.register([name])) for name in "abc"]
            await asyncio.sleep(0)  # the tasks ask
            await store.close()
            return await asyncio.gather(*waiting, return_exceptions=True)

    assert [StoreClosedError] * 3 == [type(answer) for answer in asyncio.run(close())]


def test_stopping_answers_every_deferred(
    db: DBConnector, reactor: FakeReactor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Calls that wait while a connector is stopped are refused; none is left waiting.
    """
    with Gate(opened(db)) as gate:
        opening_while_it_closes(gate, opened(db), monkeypatch)
        waiting = [db.changesources.findChangeSourceId(name) for name in "abc"]
        reactor.answer(db.stop())

    assert [StoreClosedError] * 3 == [type(reactor.answer(deferred)) for deferred in waiting]


@ON_SQLITE
def test_a_closed_store_refuses(database: str) -> None:
    """
    What is asked after the end is refused at once, with or without a need to ask the database; closing again is fine.
    """
    store = Store(database)
    store.close()
    store.close()

    for ask in (lambda: store.register(["linux"]), lambda: store.source(0), lambda: store.claim([], 1)):
        with pytest.raises(StoreClosedError):
            ask()


@ON_SQLITE
def test_an_asyncstore_is_open_between_open_and_close(database: str) -> None:
    """
    An AsyncStore refuses what is asked before it is opened and after it is closed.
    """

    async def refusals() -> None:
        store = AsyncStore(database)
        with pytest.raises(StoreClosedError):
            await store.register(["linux"])
        async with store:
            await store.register(["linux"])
        with pytest.raises(StoreClosedError):
            await store.register(["linux"])

    asyncio.run(refusals())


@ON_SQLITE
def test_a_connector_is_open_between_setup_and_stop(database: str, reactor: FakeReactor) -> None:
    """
    A connector's Deferreds fail before it is set up and after it is stopped; nothing is raised where it is called.
    """
    db = DBConnector(database, reactor=reactor.as_reactor())
    before = reactor.answer(db.changesources.findChangeSourceId("linux"))
    reactor.answer(db.setup())
    meanwhile = reactor.answer(db.changesources.findChangeSourceId("linux"))
    reactor.answer(db.stop())
    after = reactor.answer(db.changesources.findChangeSourceId("linux"))

    assert [StoreClosedError, int, StoreClosedError] == [type(answer) for answer in (before, meanwhile, after)]
    assert reactor.answer(db.stop()) is None


def test_faces_share_a_database(database: str) -> None:
    """
    Several faces over one open database see the same, and are closed together.
    """
    store = Store(database)
    other = AsyncStore(store.database)
    ids = store.register(["linux"])
    seen = asyncio.run(other.find(["linux"]))
    asyncio.run(other.close())

    assert ids == seen
    with pytest.raises(StoreClosedError):
        store.find(["linux"])


def forked(run: Callable[[], None]) -> int:
    """
    Run something in a fork of this process; return its exit code: 0 if it came to its end.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # threads that stay behind are what this is about
        child = os.fork()
    if child == 0:
        try:
            run()
        except BaseException:  # noqa: BLE001 - the child must not go on as the tests
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_a_fork_has_no_store(database: str) -> None:
    """
    A store that was opened before a fork refuses in the child, at once; that may close it, and the parent goes on.
    """
    with Store(database) as store:
        before = store.register(["linux"])
        session = store.database._lanes["writes"][1]
        connection = session._connected().driver_connection

        def refused() -> None:
            with pytest.raises(StoreClosedError):
                store.register(["git"])
            store.close()

        code = forked(refused)

        assert 0 == code
        assert before == store.register(["linux"])
        assert connection is session._connected().driver_connection
