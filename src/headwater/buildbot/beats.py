"""The heartbeat of a Buildbot master, which cannot die, and the expiry of others, which each is told of once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from buildbot.data import masters
from twisted.internet.defer import Deferred

from headwater.buildbot.changesources import ChangeSourcesConnectorComponent
from headwater.buildbot.logs import say
from headwater.buildbot.rights import MinuteRight
from headwater.clock import boot_seconds
from headwater.store import inside

_OVERDUE = 75.0
"""Seconds after which one of Buildbot's heartbeats, one a minute, has been left out."""


class Beats:
    """
    Marks masters active and inactive, by statements that decide on the rows as they are.

    Args:
        master: the Buildbot master.
        component: the connector, on the master's own engine.
        right: what the heartbeats prove.
        lease: returns the life of the master's lease, if it has one.
    """

    def __init__(
        self,
        master: Any,  # noqa: ANN401 - Buildbot has no types
        component: ChangeSourcesConnectorComponent,
        right: MinuteRight,
        lease: Callable[[], str | None],
    ) -> None:
        self._master = master
        self._component = component
        self._right = right
        self._lease = lease
        self._is_active = False
        self._was_announced = False
        self._is_leaving = False
        self._began = float("-inf")

    def won(self, began: float) -> None:
        """
        Take note that a claim was won, with which this master is active.
        """
        if not self._is_active:
            self._is_active = True
            self._confirm(began)

    async def beat(self) -> bool:
        """
        Mark this master active; return whether it was not.
        """
        began = boot_seconds()
        changed: bool = await self._component.ask(lambda _: inside.mark_active(self._master.masterid, self._lease()))
        if changed and (self._is_active or self._was_announced):
            say("this master had been expired: it compares what it runs with what it holds")
            self._right.begin_anew()
        self._is_active = True
        self._confirm(began)
        return changed

    async def beat_if_due(self) -> None:
        """
        Beat in place of Buildbot where it does not: before it has started, or after its own timer has died.
        """
        if self._is_active and boot_seconds() - self._began > _OVERDUE:
            await self.beat()

    async def set_state(self, masterid: int, active: bool) -> bool:  # noqa: FBT001 - Buildbot's signature
        """
        Do what Buildbot's `setMasterState` does, in one transaction, and tell one caller only that it changed.
        """
        if active:
            return await self._announce(masterid)
        is_own = masterid == self._master.masterid
        # Buildbot judges by this host's wall clock, its own row too; the database's clock has the last word.
        silent = None if is_own and self._is_leaving else 60 * masters.EXPIRE_MINUTES
        changed: bool = await self._component.ask(lambda _: inside.mark_inactive(masterid, silent))
        if changed and is_own and self._is_active:
            self._is_active = False
            self._right.begin_anew()
        return changed

    async def stop(self, original: Callable[..., Deferred[Any]], **named: Any) -> None:  # noqa: ANN401
        """
        Have Buildbot mark this master inactive, however short a time ago it beat: it says itself that it has stopped.
        """
        self._is_active = self._was_announced = False
        self._is_leaving = True
        try:
            await original(**named)
        finally:
            self._is_leaving = False

    async def without_dying(self, original: Callable[..., Deferred[Any]], **named: Any) -> None:  # noqa: ANN401
        """
        Make a call of Buildbot's heartbeat; whatever goes wrong is logged, and the next one tries again.
        """
        try:
            await original(**named)
        except Exception as error:  # noqa: BLE001 - the timer would end for good
            say(f"a heartbeat of this master failed, the next one follows: {error!r}")

    async def housekeep(self, original: Callable[..., Deferred[Any]], masterid: int, name: str) -> None:
        """
        Clean up after a master, unless it turns out to be active.
        """
        row = await self._master.db.masters.getMaster(masterid)
        if row is not None and row.active:
            say(f"master {masterid} {name} is active: nothing of it is cleaned up")
            return
        await original(masterid, name)

    async def _announce(self, masterid: int) -> bool:
        if masterid != self._master.masterid:
            return await self._component.ask(lambda _: inside.mark_active(masterid, None))
        # With its first claim it was marked active already, and Buildbot has not told anybody yet.
        changed = await self.beat() or not self._was_announced
        self._was_announced = True
        return changed

    def _confirm(self, began: float) -> None:
        self._began = max(self._began, began)
        self._right.confirm(began)
