"""How the connector answers: by a Deferred, whatever comes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from twisted.internet.defer import Deferred

from headwater import (
    ChangeSourceAlreadyClaimedError,
    DatabaseUrlError,
    StoreClosedError,
    UnknownChangeSourceError,
    UnknownMasterError,
)
from headwater.db.connector import DBConnector
from tests.conformance.faces import ConnectorFace

UNKNOWN = 2**31 - 1


Call = Callable[[DBConnector, int, int], Deferred[Any]]


@dataclass(frozen=True)
class FailingCall:
    """
    A call that fails, about a source that a master holds.
    """

    error: type[Exception]
    call: Call

    def come(self, face: ConnectorFace, source: int, master: int) -> object:
        """
        Return what came by the Deferred that the call returned.
        """
        kind, came = face.answer(lambda: self.call(face.db, source, master))
        assert Deferred is kind
        return came


def answering(face: ConnectorFace, name: str, master: int) -> list[type]:
    """
    Call the four methods; return the types of what came by their Deferreds.
    """
    calls = face.db.changesources
    kinds = [face.answer(lambda: calls.findChangeSourceId(name))]
    source = face.find_source_id(name)
    kinds += [
        face.answer(lambda: calls.setChangeSourceMaster(source, master)),
        face.answer(lambda: calls.getChangeSource(source)),
        face.answer(calls.getChangeSources),
    ]
    assert {Deferred} == {kind for kind, _ in kinds}
    return [type(came) for _, came in kinds]


FAILING = {
    "name of a wrong type": FailingCall(TypeError, lambda db, *_: db.changesources.findChangeSourceId(b"git")),
    "name with a NUL": FailingCall(ValueError, lambda db, *_: db.changesources.findChangeSourceId("\0")),
    "source is claimed": FailingCall(
        ChangeSourceAlreadyClaimedError, lambda db, *ids: db.changesources.setChangeSourceMaster(*ids)
    ),
    "unknown source": FailingCall(
        UnknownChangeSourceError, lambda db, _, master: db.changesources.setChangeSourceMaster(UNKNOWN, master)
    ),
    "unknown master": FailingCall(
        UnknownMasterError, lambda db, source, _: db.changesources.setChangeSourceMaster(source, UNKNOWN)
    ),
    "source to unset is no id": FailingCall(
        TypeError,
        lambda db, *_: db.changesources.setChangeSourceMaster("1", None),
    ),
    "source to get is no id": FailingCall(TypeError, lambda db, *_: db.changesources.getChangeSource(None)),
    "active is no bool": FailingCall(TypeError, lambda db, *_: db.changesources.getChangeSources(active="no")),
    "masterid is no id": FailingCall(TypeError, lambda db, *_: db.changesources.getChangeSources(masterid="1")),
    "master is no id": FailingCall(TypeError, lambda db, *_: db.masters.getMaster("1")),
    "not set up": FailingCall(StoreClosedError, lambda *_: DBConnector("sqlite://").changesources.getChangeSources()),
    "set up without a URL": FailingCall(DatabaseUrlError, lambda *_: DBConnector("nonsense").setup()),
}
"""What can go wrong, under a name."""
