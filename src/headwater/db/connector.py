"""What a master has as ``master.db``: the components, and the reactor that their Deferreds fire in."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from twisted.internet.defer import Deferred

from headwater.db.changesources import ChangeSourcesConnectorComponent
from headwater.db.masters import MastersConnectorComponent
from headwater.errors import StoreClosedError
from headwater.store.database import Database

if TYPE_CHECKING:
    from twisted.internet.interfaces import IReactorFromThreads

    from headwater.store.groupcommit import Call, Resolve
    from headwater.store.requests import Limits, Request

A = TypeVar("A")


class DBConnector:
    """
    A database and its components, for code that runs in a Twisted reactor.

    >>> db = DBConnector("sqlite:///headwater.db")
    >>> db.changesources.__class__.__name__
    'ChangeSourcesConnectorComponent'

    Args:
        url: of the database, such as ``postgresql://buildbot@db/buildbot``; nothing is opened before `setup`.
        reactor: the one that Deferreds fire in; the installed one by default.
    """

    def __init__(self, url: str, *, reactor: IReactorFromThreads | None = None) -> None:
        self._url = url
        self._reactor = reactor
        self._database: Database | None = None
        self._door = threading.Lock()
        self.changesources = ChangeSourcesConnectorComponent(self)
        self.masters = MastersConnectorComponent(self)

    def setup(self) -> Deferred[None]:
        """
        Open the database, and set it up if it is empty.

        Fails with a `DatabaseError` if it cannot be used; the subclass tells why.
        """
        return self._in_thread(self._open)

    def stop(self) -> Deferred[None]:
        """
        Answer every call that is in flight, then close every connection.
        """
        return self._in_thread(self._close)

    def ask(self, build: Callable[[Limits], Request[A]]) -> Deferred[A]:
        """
        Hand a request to the database; cancelling the Deferred drops it if no batch has taken it yet.

        Args:
            build: makes the request, given what the database can take; what it raises fails the Deferred too.
        """
        calls: list[Call] = []
        answer: Deferred[Any] = Deferred(lambda _: _abandon(calls))
        try:
            database = self._opened()
            request = build(database.limits)
            calls += database.ask(request, self._post, lambda outcome: _fire(answer, outcome))
        except Exception:  # noqa: BLE001 - every error comes by the Deferred
            answer.errback()
        return answer

    def _open(self) -> None:
        # One at a time: who stops while it is being opened stops it when it is.
        with self._door:
            if self._database is None:
                self._database = Database(self._url)

    def _close(self) -> None:
        with self._door:
            database, self._database = self._database, None
            if database is not None:
                database.close()

    def _opened(self) -> Database:
        if self._database is None:
            raise StoreClosedError
        return self._database

    @property
    def _in_reactor(self) -> IReactorFromThreads:
        if self._reactor is None:
            # Importing it installs the default one: not before somebody needs it.
            from twisted.internet import reactor  # noqa: PLC0415

            self._reactor = reactor
        return self._reactor

    def _post(self, answers: Sequence[tuple[Resolve, Any]]) -> None:
        self._in_reactor.callFromThread(_hand_out, answers)

    def _in_thread(self, run: Callable[[], Any]) -> Deferred[None]:
        # A thread of its own: the reactor's pool may be full of calls that wait for this very one, or gone.
        done: Deferred[None] = Deferred()
        reactor = self._in_reactor

        def work() -> None:
            try:
                run()
            except BaseException as error:  # noqa: BLE001 - whoever waits must hear of anything
                reactor.callFromThread(done.errback, error)
            else:
                reactor.callFromThread(done.callback, None)

        threading.Thread(target=work, name="headwater-db", daemon=True).start()
        return done


def _abandon(calls: list[Call]) -> None:
    for call in calls:
        call.is_abandoned = True


def _hand_out(answers: Sequence[tuple[Resolve, Any]]) -> None:
    for resolve, answer in answers:
        resolve(answer)


def _fire(answer: Deferred[Any], outcome: object) -> None:
    if answer.called:
        return
    if isinstance(outcome, BaseException):
        answer.errback(outcome)
    else:
        answer.callback(outcome)
