"""Buildbot's masters connector, as far as claims need it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from headwater.db.component import DBConnectorComponent
from headwater.store import verbs

if TYPE_CHECKING:
    from twisted.internet.defer import Deferred

    from headwater.values import Master


class MastersConnectorComponent(DBConnectorComponent):
    """
    The masters of a cluster; a master has it as ``master.db.masters``.

    A master is a dictionary of its ``id``, its ``name``, whether it is ``active``, and when it was
    ``last_active`` (a datetime in UTC).
    """

    def findMasterId(self, name: str) -> Deferred[int]:
        """
        Return the id of the master with this name; a new name gets a master that is inactive.
        """
        return self.ask(lambda limits: verbs.find_master(limits, name))

    def setMasterState(self, masterid: int, active: bool) -> Deferred[bool]:
        """
        Mark a master active or inactive; return whether that changed anything.

        A master that becomes inactive loses its claims in the same transaction. There is nothing to change for
        an id that is no master's. Fails with `LifeOverError` for a master that Headwater counts by its heartbeats
        and that is over; with `WrongKindError` if one is to go inactive on Buildbot's own database, where only
        Buildbot does what belongs to it.
        """
        return self.ask(lambda _: verbs.set_state(masterid, active=active))

    def getMaster(self, masterid: int) -> Deferred[dict[str, Any] | None]:
        """
        Return a master, or None if there is none with this id.
        """
        return self.ask(lambda _: verbs.master(masterid).then(_as_dict_or_none))

    def getMasters(self) -> Deferred[list[dict[str, Any]]]:
        """
        Return all masters.
        """
        return self.ask(lambda _: verbs.list_masters().then(_as_dicts))


def _as_dict(master: Master) -> dict[str, Any]:
    last_active = datetime.fromtimestamp(master.last_active, UTC)
    return {"id": master.id, "name": master.name, "active": master.active, "last_active": last_active}


def _as_dict_or_none(master: Master | None) -> dict[str, Any] | None:
    return None if master is None else _as_dict(master)


def _as_dicts(masters: list[Master]) -> list[dict[str, Any]]:
    return [_as_dict(master) for master in masters]
