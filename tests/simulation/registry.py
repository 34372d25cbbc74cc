"""What a simulated process has in place of a database's threads and connections; the verbs are the real ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

from headwater.errors import OutcomeUnknownError
from headwater.store import claims, lives, release
from headwater.store.attempt import Attempt
from headwater.store.database import Database
from headwater.store.dialects import SQLite
from headwater.store.groupcommit import Call, Post, Resolve
from headwater.store.history import History
from headwater.store.performer import Performer, Verb
from headwater.store.requests import Limits, Request
from headwater.store.schema import Kind
from headwater.store.session import Rows, Session
from tests.simulation.evidence import Evidence, Operation
from tests.simulation.host import Host
from tests.simulation.line import Line
from tests.simulation.scheduler import Signal
from tests.simulation.server import Server

if TYPE_CHECKING:
    import threading
    from collections.abc import Mapping

    from sqlalchemy import Engine

    from headwater.store.wakeups import Listener

A = TypeVar("A")

_LIMITS = Limits(name_bytes=1000, kind=Kind.HEADWATER, shown="the simulated database")

_KINDS: Mapping[Any, str] = {
    claims.claim: "claim",
    release.release: "release",
    release.force_release: "force",
    lives.expire: "expire",
    lives.leave: "leave",
}
"""The verbs that are put into evidence."""


class FileDialect(SQLite):
    """
    SQLite, on the simulation's time; who waits for locks is the simulated server.
    """

    fragments: ClassVar[Mapping[str, str]] = {
        **SQLite.fragments,
        "now": "sim_now()",
        "now_seconds": "sim_now() / 1000",
    }
    waits_for_locks: ClassVar[bool] = True


class ServerDialect(FileDialect):
    """
    The same, of a database that tells all masters when something has become free.
    """

    wake_others: ClassVar[str | None] = "SELECT sim_told('wake')"


class SimulatedSession(Session):
    """
    A session whose statements go to the simulated server.
    """

    def __init__(self, server: Server, host: Host) -> None:
        dialect = ServerDialect() if server.nature.notifies else FileDialect()
        super().__init__(cast("Engine", None), dialect, History())
        self._line = Line(server, host)

    def _run(self, sql: str, values: dict[str, Any] | None = None) -> tuple[Rows, int]:
        begins = sql == self.dialect.begin
        writes = not self.in_transaction and not sql.lstrip().startswith("SELECT")
        return self._line.run(sql, values, begins=begins, writes=writes)

    def _roll_back(self) -> None:
        self._line.roll_back()


class Lane:
    """
    One connection, which one call at a time has to itself.
    """

    def __init__(self, server: Server, host: Host, closing: Signal) -> None:
        self._performer = Performer(
            SimulatedSession(server, host), database=_LIMITS.shown, closing=cast("threading.Event", closing)
        )
        self._is_busy = False
        self._freed = Signal(server.scheduler)

    def perform(self, verb: Verb, arguments: Any, is_wanted: Callable[[], bool]) -> Any:  # noqa: ANN401 - as the verb has it
        """
        Wait for the lane, then carry out one call, unless nobody waits for it any more.
        """
        while self._is_busy:
            self._freed.wait()
        if not is_wanted():
            return None
        self._is_busy = True
        try:
            return self._performer(verb, [arguments])[0]
        finally:
            self._is_busy = False
            self._freed.pulse()


class SimulatedDatabase(Database):
    """
    A database whose requests are carried out in the simulated thread that asks, one lane each.
    """

    def __init__(self, server: Server, host: Host, evidence: Evidence) -> None:
        self.limits = _LIMITS
        self._server = server
        self._host = host
        self._evidence = evidence
        self._never = Signal(server.scheduler)
        self._ways: dict[str, Lane] = {}

    def ask(self, request: Request[A], post: Post, resolve: Resolve) -> list[Call]:
        """
        Answer a request at once, as far as virtual time goes.
        """
        post([(resolve, self.answer(request))])
        return []

    def answer(self, request: Request[A], is_wanted: Callable[[], bool] = lambda: True) -> Any:  # noqa: ANN401
        """
        Return the answer to a request, or the error.
        """
        answers = []
        for part in request.parts:
            assert request.verb is not None
            answer = self._heard(request.verb, part.arguments, is_wanted)
            if isinstance(answer, BaseException):
                return answer
            answers.append(answer)
        try:
            return request.merge(answers)
        except Exception as error:  # noqa: BLE001 - whatever a merge raises is the caller's
            return error

    def listen(self, wake: Callable[[], object]) -> Listener | None:
        """
        Call `wake` whenever something became free, if this database can tell.
        """
        if not self._server.nature.notifies:
            return None
        ear = (self._host, wake)
        self._server.listeners.append(ear)
        return _Ear(lambda: self._server.listeners.remove(ear))

    def close(self) -> None:
        """
        Do nothing: there is nothing to close.
        """

    def _heard(self, verb: Verb, arguments: Any, is_wanted: Callable[[], bool]) -> Any:  # noqa: ANN401
        kind = _KINDS.get(verb.run)
        if kind is None:
            return self._way(verb.lane).perform(verb, arguments, is_wanted)
        now = self._server.scheduler
        operation = Operation(kind, self._host.name, arguments, now.now)
        self._evidence.operations.append(operation)

        def run(session: Session, calls: Sequence[Any], attempt: Attempt) -> Sequence[Any]:
            operation.again |= attempt.again
            return verb.run(session, calls, attempt)

        answer = self._way(verb.lane).perform(Verb(run, verb.lane), arguments, is_wanted)
        if not isinstance(answer, OutcomeUnknownError):
            operation.answer, operation.answered = answer, now.now
        return answer

    def _way(self, name: str) -> Lane:
        if name not in self._ways:
            self._ways[name] = Lane(self._server, self._host, self._never)
        return self._ways[name]


class _Ear:
    def __init__(self, close: Callable[[], object]) -> None:
        self._close = close

    def close(self) -> None:
        """
        Stop listening.
        """
        self._close()
