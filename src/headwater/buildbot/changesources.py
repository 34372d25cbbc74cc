"""The change sources connector of a running Buildbot master: Headwater's, on Buildbot's own engine and pool."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from buildbot.db.base import DBConnectorComponent
from buildbot.db.changesources import ChangeSourceAlreadyClaimedError as BuildbotsError
from buildbot.db.changesources import ChangeSourceModel

import headwater.db.changesources
from headwater.errors import ChangeSourceAlreadyClaimedError as HeadwatersError
from headwater.store import verbs
from headwater.store.guest import Guest

if TYPE_CHECKING:
    from twisted.internet.defer import Deferred
    from twisted.python.failure import Failure

    from headwater.store.requests import Limits, Request
    from headwater.values import Source

A = TypeVar("A")

__all__ = ["ChangeSourceAlreadyClaimedError", "ChangeSourcesConnectorComponent"]


class ChangeSourceAlreadyClaimedError(HeadwatersError, BuildbotsError):  # type: ignore[misc] # Buildbot has no types
    """
    The change source is claimed by a master that is active; Buildbot takes it for its own error.
    """


class ChangeSourcesConnectorComponent(headwater.db.changesources.ChangeSourcesConnectorComponent, DBConnectorComponent):  # type: ignore[misc] # Buildbot has no types
    """
    What a Buildbot master has as ``master.db.changesources`` once the plugin is there.

    Only three things differ from `headwater.db`: a source is Buildbot's `ChangeSourceModel`, a refused claim is
    Buildbot's error too, and statements run on the engine and in the thread pool of Buildbot's database connector.

    Args:
        db: Buildbot's database connector.
    """

    def __init__(self, db: Any) -> None:  # noqa: ANN401 - Buildbot has no types
        DBConnectorComponent.__init__(self, db)
        self._guest: Guest | None = None
        self._door = threading.Lock()

    def ask(self, build: Callable[[Limits], Request[A]]) -> Deferred[A]:
        """
        Have a request carried out in a thread of Buildbot's database pool.
        """
        pool: Any = self.db.pool  # type: ignore[attr-defined] # it is Buildbot's connector
        asked: Deferred[Any] = pool.do_with_engine(self._answer, build)
        return asked.addCallback(_value).addErrback(_as_buildbots)

    def get_change_source_master(self, changesourceid: int) -> Deferred[int | None]:
        """
        Return the id of the master that a source's claim names, or None.
        """
        return self.ask(lambda _: verbs.source(changesourceid).then(_holder))

    def stopService(self) -> Any:  # noqa: ANN401, N802 - Twisted's name
        """
        Give up what is being tried again; called when nobody asks any more.
        """
        with self._door:
            guest, self._guest = self._guest, None
        if guest is not None:
            guest.close()
        return super().stopService()

    def _answer(
        self,
        engine: Any,  # noqa: ANN401 - SQLAlchemy is the store's
        build: Callable[[Limits], Request[A]],
    ) -> tuple[A | None, Exception | None]:
        # Buildbot's pool logs what is raised here as fatal, even a claim that is refused.
        try:
            return self._guest_of(engine).answer(build), None
        except Exception as error:  # noqa: BLE001 - every error comes by the Deferred
            return None, error

    def _guest_of(self, engine: Any) -> Guest:  # noqa: ANN401 - SQLAlchemy is the store's
        with self._door:
            if self._guest is None:
                guest = Guest(engine)
                guest.look()
                self._guest = guest
            return self._guest

    def _as_row(self, source: Source) -> Any:  # noqa: ANN401 - Buildbot has no types
        return ChangeSourceModel(id=source.id, name=source.name, masterid=source.holder)


def _holder(source: Source | None) -> int | None:
    return None if source is None else source.holder


def _value(answer: tuple[A, Exception | None]) -> A:
    value, error = answer
    if error is not None:
        raise error
    return value


def _as_buildbots(failure: Failure) -> NoReturn:
    error = failure.value
    if isinstance(error, HeadwatersError):
        raise ChangeSourceAlreadyClaimedError(error.changesourceid, error.masterid) from error
    failure.raiseException()
    raise AssertionError
