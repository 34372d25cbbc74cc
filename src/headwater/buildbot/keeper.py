"""What the plugin does in one running master: replaces its connector, and stands behind its claims."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, maybeDeferred, succeed
from twisted.internet.task import LoopingCall

from headwater.buildbot.answer import Answer
from headwater.buildbot.beats import Beats
from headwater.buildbot.changesources import ChangeSourcesConnectorComponent
from headwater.buildbot.hooks import Hooks
from headwater.buildbot.lease import Lease
from headwater.buildbot.logs import say, say_failure
from headwater.buildbot.notes import Notes
from headwater.buildbot.rights import MinuteRight, Right, WholeRight
from headwater.buildbot.sources import Sources, as_deferred
from headwater.clock import boot_seconds
from headwater.store import verbs
from headwater.store.engine import url_beside
from headwater.store.leasing import instead_in
from headwater.store.requests import Limits, Request

_GLANCE = 1.0
"""Seconds between two looks at what has become free."""

_UPKEEP = 60.0
"""Seconds between two comparisons of all claims with the database."""

_PATIENCE = 2.0
"""Seconds for which claims wait for the lease at most."""


class Keeper:
    """
    Everything that the plugin has replaced in a master, and can put back.

    Args:
        master: the Buildbot master.
    """

    def __init__(self, master: Any) -> None:  # noqa: ANN401 - Buildbot has no types
        self._master = master
        self._failover: float | None = None
        self._hooks = Hooks()
        self._original = master.db.changesources
        self.component = ChangeSourcesConnectorComponent(master.db)
        minute = MinuteRight()
        self._lease: Lease | None = None
        self._tried = Answer[None]()
        self._tried.give(None)
        self._is_looking = self._is_woken = False
        self._problem = ""
        self._beats = Beats(master, self.component, minute, self._life)
        self._notes = Notes(master, lambda: self._lease)
        self._sources = Sources(
            master,
            self.component,
            self._hooks,
            self._notes,
            right=WholeRight(minute, self._begun_lease),
            lease=self._life,
            ready=self._lease_tried,
            on_won=self._beats.won,
            prove=as_deferred(self._prove),
        )
        self._verified_at = float("-inf")
        self._ticks = LoopingCall(self._tick)
        self._ticks.clock = master.reactor

    async def install(self) -> None:
        """
        Replace the connector, and what calls it.
        """
        await self.component.ask(_nothing)  # refuses tables that cannot hold claims
        db, data = self._master.db, self._master.data
        self._hooks.replace(db, "changesources", lambda _: self.component)
        await maybeDeferred(self._original.disownServiceParent)
        await maybeDeferred(self.component.setServiceParent, db)
        self._replace(db.masters, "setMasterState", lambda _: self._beats.set_state)
        self._replace(data.updates, "masterActive", self._without_dying)
        self._replace(data.updates, "expireMasters", self._without_dying)
        self._replace(data.updates, "masterStopped", self._stopping)
        self._replace(data.updates, "trySetChangeSourceMaster", lambda _: self._sources.try_to_set)
        self._replace(data.updates, "findChangeSourceId", self._finding)
        self._replace(data.rtypes.changesource, "_masterDeactivated", lambda _: self._sources.end_left_by)
        self._replace(data.rtypes.master, "_masterDeactivatedHousekeeping", self._housekeeping)
        self._ticks.start(_GLANCE, now=False).addErrback(say_failure, "Headwater looks at the claims no more")

    def begin(self, *, failover: float) -> None:
        """
        Begin to prove that this master lives, or do so with other times: its row is there by now.
        """
        if self._lease is not None and failover == self._failover:
            return
        self._failover = failover
        _ = self._end_lease()
        if (url := url_beside(self._master.db.pool.engine)) is not None:
            reactor, self._tried = self._master.reactor, Answer()
            known = functools.partial(self._tried.give, None)
            self._lease = Lease(
                url,
                self._master.name,
                failover=failover,
                wake=self._wake,
                tried=lambda: reactor.callFromThread(known),
            )
            reactor.callLater(_PATIENCE, known)
            # Where no table is, that is known sooner by the connections that are there.
            asked = self._master.db.pool.do_with_engine(_may_have_leases)
            asked.addCallback(lambda may: may or known()).addErrback(say_failure, "while Headwater looked for leases")

    async def uninstall(self) -> None:
        """
        Put everything back: the line is gone.
        """
        await self.stop()
        self._hooks.undo()
        await maybeDeferred(self.component.disownServiceParent)
        await maybeDeferred(self._original.setServiceParent, self._master.db)

    async def stop(self) -> None:
        """
        Look no more, and end the lease: the master has ended, or goes on by Buildbot's own rules.
        """
        if self._ticks.running:
            self._ticks.stop()
        await self._end_lease()

    def _end_lease(self) -> Deferred[None]:
        lease, self._lease = self._lease, None
        done: Deferred[None] = Deferred()
        if lease is None:
            return succeed(None)

        def stop() -> None:
            reactor = self._master.reactor
            try:
                lease.stop()
            except Exception as error:  # noqa: BLE001 - it runs out, and the master must end all the same
                reactor.callFromThread(say_failure, error, "while the lease of this master was ended")
            reactor.callFromThread(done.callback, None)

        # A thread of its own: the pools may be gone already.
        threading.Thread(target=stop, name="headwater-leaving", daemon=True).start()
        return done

    def _begun_lease(self) -> Right | None:
        return None if self._lease is None or self._lease.name is None else self._lease

    def _lease_tried(self) -> Deferred[None]:
        return self._tried.wait()

    def _life(self) -> str | None:
        return None if self._lease is None else self._lease.name

    async def _prove(self) -> None:
        await self._beats.beat()

    def _wake(self) -> None:
        # Called on a thread of the lease.
        self._master.reactor.callFromThread(self._tick)

    def _tick(self) -> None:
        try:
            if self._lease is not None:
                self._lease.alive()
            self._notes.write()
        except Exception:  # noqa: BLE001 - the ticks would end for good, and with them all looking
            say_failure(None, "in a tick of Headwater's plugin")
        self._is_woken = True
        if not self._is_looking and self._ticks.running:
            self._is_looking = True
            Deferred.fromCoroutine(self._look()).addErrback(say_failure, "while Headwater looked at the claims")

    async def _look(self) -> None:
        try:
            while self._is_woken:
                self._is_woken = False
                await self._look_once()
            self._problem = ""
        except Exception as error:  # noqa: BLE001 - the next look follows in a second
            if self._problem != str(error):
                say(f"cannot look at the claims: {error}")
            self._problem = str(error)
        finally:
            self._is_looking = False

    async def _look_once(self) -> None:
        if self._master.masterid is None or not self._master.running:
            return
        await self._beats.beat_if_due()
        if self._sources.needs_verifying() or boot_seconds() - self._verified_at > _UPKEEP:
            self._verified_at = boot_seconds()
            await self._sources.verify()
        await self._sources.claim_what_is_free()

    def _replace(self, owner: Any, name: str, make: Callable[[Any], Callable[..., Any]]) -> None:  # noqa: ANN401
        self._hooks.replace(owner, name, lambda original: as_deferred(make(original)))

    def _without_dying(self, original: Callable[..., Deferred[Any]]) -> Callable[..., Any]:
        async def call(**named: Any) -> None:  # noqa: ANN401 - as Buildbot calls it
            await self._beats.without_dying(original, **named)

        return call

    def _stopping(self, original: Callable[..., Deferred[Any]]) -> Callable[..., Any]:
        async def call(name: str, masterid: int) -> None:
            # While it starts, the master says that it has stopped, too: for the case that it had crashed.
            if masterid == self._master.masterid and self._master.running:
                await self._sources.stop()
            await self._beats.stop(original, name=name, masterid=masterid)

        return call

    def _finding(self, original: Callable[[str], Deferred[int]]) -> Callable[..., Any]:
        async def call(name: str) -> int | None:
            return await self._sources.find_id(original, name)

        return call

    def _housekeeping(self, original: Callable[..., Deferred[Any]]) -> Callable[..., Any]:
        async def call(masterid: int, name: str) -> None:
            await self._beats.housekeep(original, masterid, name)

        return call


def _may_have_leases(engine: Any) -> bool:  # noqa: ANN401 - SQLAlchemy is the store's
    try:
        return verbs.JOIN in instead_in(engine)
    except Exception:  # noqa: BLE001 - the lease finds out
        return True


def _nothing(_: Limits) -> Request[None]:
    return Request.answered(None)
