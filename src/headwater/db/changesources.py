"""Buildbot's change sources connector, as its documentation promises it (docs/reference/spec-map.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headwater.db.component import DBConnectorComponent
from headwater.errors import ChangeSourceAlreadyClaimedError
from headwater.store import verbs

if TYPE_CHECKING:
    from twisted.internet.defer import Deferred

    from headwater.values import Source

__all__ = ["ChangeSourceAlreadyClaimedError", "ChangeSourcesConnectorComponent"]


class ChangeSourcesConnectorComponent(DBConnectorComponent):
    """
    The registry of change sources, and which master runs each; a master has it as ``master.db.changesources``.

    A source is a dictionary of its ``id``, its ``name`` and its ``masterid``, the holder's id or None.
    Every answer and every error comes by the Deferred.
    """

    def findChangeSourceId(self, name: str) -> Deferred[int]:
        """
        Return the id of the source with this name; a new name is given one for ever.

        Fails with TypeError or ValueError if it is no name.
        """
        return self.db.ask(lambda limits: verbs.register_one(limits, name))

    def setChangeSourceMaster(self, changesourceid: int, masterid: int | None) -> Deferred[None]:
        """
        Claim a source for a master, or end its claim, whoever holds it, if `masterid` is None.

        Fails with `ChangeSourceAlreadyClaimedError` if a master that is active holds it, be it this one; with
        `UnknownChangeSourceError` or `UnknownMasterError` if there is none with that id.
        """
        if masterid is None:
            return self.db.ask(lambda _: verbs.unset(changesourceid))
        return self.db.ask(lambda _: verbs.claim_for(changesourceid, masterid))

    def getChangeSource(self, changesourceid: int) -> Deferred[dict[str, Any] | None]:
        """
        Return a source, or None if there is none with this id.
        """
        return self.db.ask(lambda _: verbs.source(changesourceid).then(_as_dict_or_none))

    def getChangeSources(
        self, active: bool | None = None, masterid: int | None = None
    ) -> Deferred[list[dict[str, Any]]]:
        """
        Return all sources, or those with a claim (True) or without one (False), or those of one master.

        A source counts as active while it has a claim, even if the holder is inactive.
        """
        return self.db.ask(lambda _: verbs.list_sources(active=active, master=masterid).then(_as_dicts))


def _as_dict(source: Source) -> dict[str, Any]:
    return {"id": source.id, "name": source.name, "masterid": source.holder}


def _as_dict_or_none(source: Source | None) -> dict[str, Any] | None:
    return None if source is None else _as_dict(source)


def _as_dicts(sources: list[Source]) -> list[dict[str, Any]]:
    return [_as_dict(source) for source in sources]
