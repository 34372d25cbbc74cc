"""The faces of the registry behind one: the same test asks Store, AsyncStore and the Deferred connector."""

# ruff: noqa: D102 - what the methods of a face do is said once, by the Protocol

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Protocol, cast
from uuid import uuid4

import pytest
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from headwater import AsyncStore, ChangeSourceAlreadyClaimedError, Master, Source, Store
from headwater.db.connector import DBConnector
from tests.reactor import ReactorThread

FACES = ("blocking", "awaiting", "connector")
"""The fixtures that are faces."""

EVERY_FACE = (*FACES, "buildbot")
"""These, and the connector as it is inside Buildbot."""

DEFERRED = pytest.mark.parametrize("face", ["connector"], indirect=True)
"""Marks what is about Deferreds, or about what the connector alone allows."""

STORES = pytest.mark.parametrize("face", ["blocking", "awaiting"], indirect=True)
"""Marks what only Store and AsyncStore have."""

Described = dict[str, Any]
"""A source or a master as the connector describes it."""


class Face(Protocol):
    """
    What all faces can do, in calls that block.
    """

    url: str

    def find_source_id(self, name: str) -> int:
        """
        Register a name and return its id.
        """

    def set_source_master(self, id_: int, masterid: int | None) -> None:
        """
        Claim a source for a master, or end its claim if `masterid` is None.

        Raises:
            ChangeSourceAlreadyClaimedError: a master that is active holds it.
        """

    def get_source(self, id_: int) -> Described | None:
        """
        Return the `id`, `name` and `masterid` of a source, or None.
        """

    def get_sources(self, *, active: bool | None = None, masterid: int | None = None) -> list[Described]:
        """
        Return the sources, all or filtered.
        """

    def new_master(self, name: str, *, active: bool = True) -> int:
        """
        Make a master that was not there before and return its id.
        """

    def deactivate(self, masterid: int) -> None:
        """
        Make an active master inactive, by the face's own means.
        """

    def master(self, id_: int) -> Described | None:
        """
        Return the `id`, the `name` and the `active` of a master, or None.
        """


class StoreFace:
    """
    A Store as a face; an AsyncStore too, by `awaited`.
    """

    def __init__(self, url: str, store: Store) -> None:
        self.url = url
        self.store = store

    def find_source_id(self, name: str) -> int:
        return self.store.register([name])[name]

    def set_source_master(self, id_: int, masterid: int | None) -> None:
        if masterid is None:
            self.store.force_release([id_])
        elif id_ not in self.store.claim([id_], masterid):
            # A refused claim is left out: who holds the source is asked in a second call.
            holder = cast("Source", self.store.source(id_)).holder
            raise ChangeSourceAlreadyClaimedError(id_, cast("int", holder))

    def get_source(self, id_: int) -> Described | None:
        source = self.store.source(id_)
        return None if source is None else _source(source)

    def get_sources(self, *, active: bool | None = None, masterid: int | None = None) -> list[Described]:
        return [_source(source) for source in self.store.sources(active=active, master=masterid)]

    def new_master(self, name: str, *, active: bool = True) -> int:
        master = self.store.join(name)
        if not active:
            self.store.leave(master)
        return master.id

    def deactivate(self, masterid: int) -> None:
        self.store.leave(cast("Master", self.store.master(masterid)))

    def master(self, id_: int) -> Described | None:
        master = self.store.master(id_)
        return None if master is None else {"id": master.id, "name": master.name, "active": master.active}


class ConnectorFace:
    """
    The Deferred connector as a face: every call is made in the reactor and waited for outside of it.
    """

    def __init__(self, url: str, reactor: ReactorThread) -> None:
        self.url = url
        self.db = DBConnector(url)
        self.wait_for = reactor.wait_for
        self.wait_for(self.db.setup)

    def close(self) -> None:
        """
        Stop the connector.
        """
        self.wait_for(self.db.stop)

    def answer(self, call: Callable[[], Deferred[Any]]) -> tuple[type, object]:
        """
        Make a call in the reactor; return the type of what it returned, and the value or the error that came by it.
        """

        def called() -> Deferred[tuple[type, object]]:
            returned = call()
            return returned.addBoth(lambda came: (type(returned), came.value if isinstance(came, Failure) else came))

        return self.wait_for(called)

    def find_source_id(self, name: str) -> int:
        return self.wait_for(self.db.changesources.findChangeSourceId, name)

    def set_source_master(self, id_: int, masterid: int | None) -> None:
        self.wait_for(self.db.changesources.setChangeSourceMaster, id_, masterid)

    def get_source(self, id_: int) -> Described | None:
        return self.wait_for(self.db.changesources.getChangeSource, id_)

    def get_sources(self, *, active: bool | None = None, masterid: int | None = None) -> list[Described]:
        return self.wait_for(self.db.changesources.getChangeSources, active, masterid)

    def new_master(self, name: str, *, active: bool = True) -> int:
        id_ = self.wait_for(self.db.masters.findMasterId, name)
        if active:
            self.wait_for(self.db.masters.setMasterState, id_, active=True)
        return id_

    def deactivate(self, masterid: int) -> None:
        self.wait_for(self.db.masters.setMasterState, masterid, active=False)

    def master(self, id_: int) -> Described | None:
        master = self.wait_for(self.db.masters.getMaster, id_)
        return None if master is None else {key: master[key] for key in ("id", "name", "active")}


class _Awaited:
    """
    An AsyncStore whose verbs block: each is awaited in an event loop of its own.
    """

    def __init__(self, url: str) -> None:
        self._loop = asyncio.Runner()
        self._store = AsyncStore(url)
        self._loop.run(self._store.open())

    def __getattr__(self, verb: str) -> Callable[..., Any]:
        method = getattr(self._store, verb)
        return lambda *args, **named: self._loop.run(method(*args, **named))

    def close(self) -> None:
        self._loop.run(self._store.close())
        self._loop.close()


def awaited(url: str) -> Store:
    """
    Open an AsyncStore that is called like a Store: the two have the same verbs.
    """
    return cast("Store", _Awaited(url))


def new_name() -> str:
    """
    Return a name that nothing has yet: tests share databases.
    """
    return f"name-{uuid4().hex}"


def holder_of(face: Face, source: int) -> int | None:
    """
    Return the master that a source's claim names.
    """
    described = face.get_source(source)
    assert described is not None
    return cast("int | None", described["masterid"])


def ids_of(sources: list[Described]) -> set[int]:
    """
    Return the ids of the sources in a list, each of which is there once.
    """
    ids = {source["id"] for source in sources}
    assert len(sources) == len(ids)
    return ids


def _source(source: Source) -> Described:
    return {"id": source.id, "name": source.name, "masterid": source.holder}
