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
        return self.ask(lambda limits: verbs.register_one(limits, name))

    def setChangeSourceMaster(self, changesourceid: int, masterid: int | None) -> Deferred[None]:
        """
        Claim a source for a master, or end its claim, whoever holds it, if `masterid` is None.

        Fails with `ChangeSourceAlreadyClaimedError` if a master that is active holds it, be it this one; with
        `UnknownChangeSourceError` or `UnknownMasterError` if there is none with that id.
        """
        if masterid is None:
            return self.ask(lambda _: verbs.unset(changesourceid))
        return self.ask(lambda _: verbs.claim_for(changesourceid, masterid))

    def getChangeSource(self, changesourceid: int) -> Deferred[dict[str, Any] | None]:
        """
        Return a source, or None if there is none with this id.
        """
        return self.ask(lambda _: verbs.source(changesourceid).then(self._as_row_or_none))

    def getChangeSources(
        self, active: bool | None = None, masterid: int | None = None
    ) -> Deferred[list[dict[str, Any]]]:
        """
        Return all sources, or those with a claim (True) or without one (False), or those of one master.

        A source counts as active while it has a claim, even if the holder is inactive.
        """
        return self.ask(lambda _: verbs.list_sources(active=active, master=masterid).then(self._as_rows))

    def _as_row(self, source: Source) -> Any:  # noqa: ANN401 - what a source is to the caller, a subclass decides
        return {"id": source.id, "name": source.name, "masterid": source.holder}

    def _as_row_or_none(self, source: Source | None) -> Any:  # noqa: ANN401
        return None if source is None else self._as_row(source)

    def _as_rows(self, sources: list[Source]) -> list[Any]:
        return [self._as_row(source) for source in sources]
