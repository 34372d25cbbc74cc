"""Ask a face many things at once, and tell what it answers as plain values."""

# ruff: noqa: D102 - what the methods of a face do is said once, by the Protocol

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

from twisted.internet import threads
from twisted.internet.defer import Deferred, DeferredList, maybeDeferred
from twisted.internet.selectreactor import SelectReactor
from twisted.python.failure import Failure

from headwater import AsyncStore, Master, Settings, Source, Store
from headwater.db.connector import DBConnector
from tests.model.calls import (
    Call,
    Claim,
    Configure,
    Expire,
    Find,
    FindMaster,
    ForceRelease,
    Get,
    GetMaster,
    Heartbeat,
    Join,
    Leave,
    List,
    Masters,
    Raised,
    Register,
    Release,
    ReleaseLeft,
    Seen,
    SetMaster,
    SetState,
    Unset,
)

MOST = 64
"""Calls in flight."""


class Asker(Protocol):
    """
    A face.
    """

    verbs: Mapping[type, Callable[[Any, Any], Any]]

    def ask(self, calls: Sequence[Call]) -> list[Any]:
        """
        Hand all calls in before the first answer is looked at; return the answers.
        """

    def close(self) -> None:
        """
        Close the face.
        """


class Threads:
    """
    A Store, with a thread for each call in flight.
    """

    def __init__(self, url: str) -> None:
        self.verbs = _STORE
        self._store = Store(url)
        self._threads = ThreadPoolExecutor(MOST)

    def ask(self, calls: Sequence[Call]) -> list[Any]:
        start = threading.Barrier(len(calls))

        def one(call: Call) -> object:
            start.wait()
            try:
                return _plain(call, _STORE[type(call)](self._store, call))
            except Exception as error:  # noqa: BLE001 - every error is an answer
                return Raised.of(error)

        return [one(call) for call in calls] if len(calls) == 1 else list(self._threads.map(one, calls))

    def close(self) -> None:
        self._threads.shutdown()
        self._store.close()


class Tasks:
    """
    An AsyncStore, with a task for each call in flight.
    """

    def __init__(self, url: str) -> None:
        self.verbs = _STORE
        self._loop = asyncio.Runner()
        self._store = AsyncStore(url)
        self._loop.run(self._store.open())

    def ask(self, calls: Sequence[Call]) -> list[Any]:
        async def all_of_them() -> list[Any]:
            return await asyncio.gather(
                *(_STORE[type(call)](self._store, call) for call in calls), return_exceptions=True
            )

        return _answers(calls, self._loop.run(all_of_them()))

    def close(self) -> None:
        self._loop.run(self._store.close())
        self._loop.close()


class Deferreds:
    """
    The connector, with a Deferred for each call in flight.
    """

    def __init__(self, url: str, reactor: ReactorOfOnesOwn) -> None:
        self.verbs = _CONNECTOR
        self._reactor = reactor
        self._db = DBConnector(url, reactor=reactor.reactor)
        reactor.wait_for(self._db.setup)

    def ask(self, calls: Sequence[Call]) -> list[Any]:
        def all_of_them() -> Deferred[list[tuple[bool, Any]]]:
            deferreds = [maybeDeferred(_CONNECTOR[type(call)], self._db, call) for call in calls]
            return DeferredList(deferreds, consumeErrors=True)

        came = [answer for _, answer in self._reactor.wait_for(all_of_them)]
        return _answers(calls, [answer.value if isinstance(answer, Failure) else answer for answer in came])

    def close(self) -> None:
        self._reactor.wait_for(self._db.stop)


class ReactorOfOnesOwn:
    """
    A reactor in a thread, beside the one of the process: that one can be run once only, and others may need it.
    """

    def __init__(self) -> None:
        self.reactor: Any = SelectReactor()
        self._thread = threading.Thread(target=self.reactor.run, args=(False,), name="model-reactor", daemon=True)
        self._thread.start()

    def wait_for(self, call: Callable[[], Deferred[Any]]) -> Any:  # noqa: ANN401 - whatever comes
        """
        Make a call in the reactor; return what comes by its Deferred, or raise it.
        """
        return threads.blockingCallFromThread(self.reactor, call)

    def stop(self) -> None:
        """
        Stop the reactor and wait for its thread.
        """
        self.reactor.callFromThread(self.reactor.stop)
        self._thread.join()


def _answers(calls: Sequence[Call], came: Iterable[Any]) -> list[Any]:
    return [
        Raised.of(answer) if isinstance(answer, BaseException) else _plain(call, answer)
        for call, answer in zip(calls, came, strict=True)
    ]


def _plain(call: Call, answer: Any) -> Any:  # noqa: ANN401 - as the face has it
    if isinstance(answer, Source | Master | dict) and type(call) in _DESCRIBED:
        return _described(answer)
    if isinstance(answer, list):
        return tuple(sorted(_described(one) if isinstance(one, Source | Master | dict) else one for one in answer))
    if isinstance(call, Register) and isinstance(answer, int):
        return {call.names[0]: answer}
    return answer


def _described(what: Source | Master | Mapping[str, Any]) -> Seen | tuple[object, ...]:
    if isinstance(what, Source):
        return (what.id, what.name, what.holder)
    if isinstance(what, Master):
        return (what.id, what.name, what.active, what.beat)
    return tuple(what[key] for key in ("id", "name", "masterid", "active") if key in what)


def _master(call: Claim | Release | Heartbeat | Expire | Leave) -> Master | int:
    # As a value or by its id alone.
    return call.master if call.name is None else Master(id=call.master, name=call.name, active=True, last_active=0)


_DESCRIBED = {Get, GetMaster, Join}

# A Store and an AsyncStore have the same verbs.
_STORE: Mapping[type, Callable[[Any, Any], Any]] = {
    Register: lambda store, call: store.register(call.names),
    Find: lambda store, call: store.find(call.names),
    Get: lambda store, call: store.source(call.source),
    List: lambda store, call: store.sources(active=call.active, master=call.master),
    Claim: lambda store, call: store.claim(call.sources, _master(call)),
    ForceRelease: lambda store, call: store.force_release(call.sources),
    Release: lambda store, call: store.release(dict(call.tokens), _master(call)),
    ReleaseLeft: lambda store, _: store.release_left(),
    Configure: lambda store, call: store.configure(call.source, Settings(kind="git", url="/nowhere")),
    Join: lambda store, call: store.join(call.given_name),
    Heartbeat: lambda store, call: store.heartbeat(_master(call)),
    Expire: lambda store, call: store.expire(_master(call), beat=call.beat),
    Leave: lambda store, call: store.leave(_master(call)),
    GetMaster: lambda store, call: store.master(call.master),
    Masters: lambda store, _: store.masters(),
}

_CONNECTOR: Mapping[type, Callable[[Any, Any], Any]] = {
    Register: lambda db, call: db.changesources.findChangeSourceId(call.names[0]),
    Get: lambda db, call: db.changesources.getChangeSource(call.source),
    List: lambda db, call: db.changesources.getChangeSources(call.active, call.master),
    SetMaster: lambda db, call: db.changesources.setChangeSourceMaster(call.source, call.master),
    Unset: lambda db, call: db.changesources.setChangeSourceMaster(call.source, None),
    FindMaster: lambda db, call: db.masters.findMasterId(call.name),
    SetState: lambda db, call: db.masters.setMasterState(call.master, call.active),
    GetMaster: lambda db, call: db.masters.getMaster(call.master),
    Masters: lambda db, _: db.masters.getMasters(),
}
