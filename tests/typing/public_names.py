"""Every public name, used as its users do: mypy reads this with all tests, and nobody runs it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, assert_type

from twisted.internet.defer import Deferred

from headwater import (
    AsyncJoinedMaster,
    AsyncStore,
    Change,
    ChangeSourceAlreadyClaimedError,
    Claim,
    ClaimLostError,
    ClaimTimeoutError,
    Commit,
    DatabaseBusyError,
    DatabaseError,
    DatabaseUnavailableError,
    DatabaseUrlError,
    HeadwaterError,
    JoinedMaster,
    LifeOverError,
    Master,
    MasterInactiveError,
    MissingDriverError,
    Move,
    NameCollisionError,
    NotWatchedError,
    OutcomeUnknownError,
    PastClaim,
    Peer,
    PositionMovedError,
    Pulse,
    SchemaError,
    Settings,
    Share,
    Source,
    SourceError,
    Standing,
    Store,
    StoreClosedError,
    Timing,
    TimingError,
    UnknownChangeSourceError,
    UnknownMasterError,
    Watched,
    WrongKindError,
    db,
    join,
    join_async,
)
from headwater.db import changesources, exceptions
from headwater.db.changesources import ChangeSourcesConnectorComponent
from headwater.db.connector import DBConnector
from headwater.db.masters import MastersConnectorComponent
from headwater.values import Fence


def registry(store: Store, master: Master) -> None:
    """
    Ask a store for sources, claims and masters.
    """
    assert_type(store.register(["api"]), dict[str, int])
    assert_type(store.find(("api",)), dict[str, int])
    assert_type(store.source(1), Source | None)
    assert_type(store.sources(active=True, master=master), list[Source])
    assert_type(store.claim({1, 2}, master), dict[int, int | None])
    assert_type(store.release({1: 1}, master), list[int])
    assert_type(store.force_release([1]), dict[int, int])
    assert_type(store.release_left(), list[int])
    assert_type(store.join("ci-a"), Master)
    assert_type(store.heartbeat(master), bool)
    assert_type(store.expire(master, beat=1), list[int] | None)
    assert_type(store.leave(master), list[int] | None)
    assert_type(store.forget(), list[int])
    assert_type(store.master(1), Master | None)
    assert_type(store.masters(), list[Master])


def feed(store: Store, fence: Fence, move: Move, commits: Sequence[Commit]) -> None:
    """
    Ask a store for what is watched, and record what was seen.
    """
    store.configure(1, Settings(kind="git", url="/srv/api", host=None))
    assert_type(store.watched(), list[Watched])
    assert_type(store.claimable(host="ci-a", kinds=["git"]), list[Watched])
    assert_type(store.position(1), dict[str, str] | None)
    store.baseline(fence, {"refs/heads/main": "a"})
    store.stage(fence, 1, 0, commits)
    store.sweep(fence)
    assert_type(store.record(fence, 1, move, 0), int)
    assert_type(store.changes(after=0, most=100), list[Change])


def opened() -> None:
    """
    Open and close a store.
    """
    with Store("sqlite://") as store:
        assert_type(store, Store)
    store.close()


async def awaited(master: Master) -> None:
    """
    Ask an asynchronous store for the same.
    """
    async with AsyncStore("sqlite://") as store:
        assert_type(store, AsyncStore)
        assert_type(await store.register(["api"]), dict[str, int])
        assert_type(await store.find(("api",)), dict[str, int])
        assert_type(await store.source(1), Source | None)
        assert_type(await store.sources(active=True, master=master), list[Source])
        assert_type(await store.claim({1, 2}, master), dict[int, int | None])
        assert_type(await store.release({1: 1}, master), list[int])
        assert_type(await store.force_release([1]), dict[int, int])
        assert_type(await store.release_left(), list[int])
        assert_type(await store.join("ci-a"), Master)
        assert_type(await store.heartbeat(master), bool)
        assert_type(await store.expire(master, beat=1), list[int] | None)
        assert_type(await store.leave(master), list[int] | None)
        assert_type(await store.forget(), list[int])
        assert_type(await store.master(1), Master | None)
        assert_type(await store.masters(), list[Master])


async def awaited_feed(store: AsyncStore, fence: Fence, move: Move, commits: Sequence[Commit]) -> None:
    """
    Ask an asynchronous store for what is watched, and record what was seen.
    """
    await store.open()
    await store.configure(1, Settings(kind="git", url="/srv/api", host=None))
    assert_type(await store.watched(), list[Watched])
    assert_type(await store.claimable(host="ci-a", kinds=["git"]), list[Watched])
    assert_type(await store.position(1), dict[str, str] | None)
    await store.baseline(fence, {"refs/heads/main": "a"})
    await store.stage(fence, 1, 0, commits)
    await store.sweep(fence)
    assert_type(await store.record(fence, 1, move, 0), int)
    assert_type(await store.changes(after=0, most=100), list[Change])
    await store.close()


def joined() -> None:
    """
    Join, and hold a name for a block, or for each call of a function.
    """
    with join("sqlite://", "worker", timing=Timing(heartbeat=1.0)) as master:
        assert_type(master, JoinedMaster)
        assert_type(master.name, str)
        with master.claim("report", timeout=5, on_gain=print, on_lose=print) as claim:
            assert_type(claim, Claim)
            assert_type(claim.source, str)
            assert_type(claim.token, int)
            assert_type(claim.deadline, float)
            assert_type(claim.lost, str | None)
            assert_type(claim.may_act, bool)
            claim.check()

        @master.claim("report")
        def report(text: str) -> int:
            return len(text)

        assert_type(report("all is well"), int)
    master.close()


async def joined_and_awaited() -> None:
    """
    Do the same in a task.
    """
    async with join_async("sqlite://", "worker", timing=Timing(heartbeat=1.0)) as master:
        assert_type(master, AsyncJoinedMaster)
        assert_type(master.name, str)
        async with master.claim("report", timeout=5, on_gain=print, on_lose=print) as claim:
            assert_type(claim, Claim)
    await master.open()
    await master.close()


def peers(peer: Peer) -> None:
    """
    Read what masters tell each other.
    """
    assert_type(peer.is_draining, bool)
    assert_type([share.want for share in peer.shares.values()], list[int])
    assert_type(Share(held=1), Share)


def buildbots() -> None:
    """
    Ask the connector, with Buildbot's names.
    """
    connector = DBConnector("sqlite://")
    assert_type(connector.setup(), Deferred[None])
    assert_type(connector.changesources, ChangeSourcesConnectorComponent)
    assert_type(connector.changesources.findChangeSourceId(name="linux"), Deferred[int])
    assert_type(connector.changesources.setChangeSourceMaster(changesourceid=1, masterid=None), Deferred[None])
    assert_type(connector.changesources.getChangeSource(changesourceid=1), Deferred[dict[str, Any] | None])
    assert_type(connector.changesources.getChangeSources(active=None, masterid=1), Deferred[list[dict[str, Any]]])
    assert_type(connector.masters, MastersConnectorComponent)
    assert_type(connector.masters.findMasterId("ci-a"), Deferred[int])
    assert_type(connector.masters.setMasterState(masterid=1, active=True), Deferred[bool])
    assert_type(connector.masters.getMaster(1), Deferred[dict[str, Any] | None])
    assert_type(connector.masters.getMasters(), Deferred[list[dict[str, Any]]])
    assert_type(connector.stop(), Deferred[None])
    assert_type(db.changesources.ChangeSourceAlreadyClaimedError, type[ChangeSourceAlreadyClaimedError])
    assert_type(changesources.ChangeSourceAlreadyClaimedError, type[exceptions.ChangeSourceAlreadyClaimedError])
    assert_type(exceptions.UnknownChangeSourceError, type[UnknownChangeSourceError])
    assert_type(exceptions.UnknownMasterError, type[UnknownMasterError])


def values(change: Change, standing: Standing, past: PastClaim, pulse: Pulse, watched: Watched) -> None:
    """
    Read values.
    """
    assert_type(change.commits, tuple[Commit, ...])
    assert_type(change.before, str | None)
    assert_type(standing.holder_name, str | None)
    assert_type(past.until, int | None)
    assert_type(pulse.now, int)
    assert_type(watched.settings.host, str | None)


def errors() -> list[Exception]:
    """
    Make every error from its data, and see what it is to those who know nothing of Headwater.
    """
    looked_up: list[LookupError] = [UnknownChangeSourceError("api"), UnknownMasterError(1)]
    values: list[ValueError] = [
        DatabaseUrlError("the URL", "is malformed"),
        LifeOverError(1),
        NameCollisionError("api"),
        TimingError("the lease is too short"),
    ]
    late: list[TimeoutError] = [ClaimTimeoutError("report", 5, "ci-a#1")]
    imported: list[ImportError] = [MissingDriverError("mysql://x", "needs PyMySQL")]
    assert_type(ClaimLostError(1, 2, 3).token, int)
    assert_type(ChangeSourceAlreadyClaimedError(changesourceid=7, masterid=2).masterid, int)
    database: list[DatabaseError] = [
        kind("postgresql://x", "is away")
        for kind in (DatabaseBusyError, DatabaseUnavailableError, OutcomeUnknownError, SchemaError, WrongKindError)
    ]
    ours: list[HeadwaterError] = [
        MasterInactiveError(1),
        NotWatchedError(1),
        PositionMovedError(1, "refs/heads/main"),
        SourceError("api", "no such host"),
        StoreClosedError(),
    ]
    return [*looked_up, *values, *late, *imported, *database, *ours]
