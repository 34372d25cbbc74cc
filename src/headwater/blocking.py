"""The registry for code that blocks: each verb waits in its caller's thread."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from queue import SimpleQueue
from types import TracebackType
from typing import Any, Self, TypeVar

from headwater.blockingwatch import WatchingStore
from headwater.store import verbs
from headwater.store.claims import Token
from headwater.store.database import Database
from headwater.store.deadlines import DEADLINE
from headwater.store.requests import Limits, Request
from headwater.values import Master, Source

A = TypeVar("A")


def _post(answers: Sequence[tuple[Any, Any]]) -> None:
    for resolve, answer in answers:
        resolve(answer)


class Store(WatchingStore):
    """
    The registry of change sources in one database; every thread may use it.

    >>> with Store("sqlite://") as store:
    ...     store.register(["linux"])
    {'linux': 1}
    """

    def __init__(self, database: str | Database, *, deadline: float = DEADLINE) -> None:
        """
        Open a database, and set it up if it is empty.

        Args:
            database: its URL; or one that is open already, to be used by several faces.
            deadline: seconds to wait for the answer to one statement; one that is open keeps its own.

        Raises:
            DatabaseError: it cannot be used; the subclass tells why.
            TimingError: nobody can wait for so long.
        """
        self.database = database if isinstance(database, Database) else Database(database, deadline=deadline)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    @property
    def _limits(self) -> Limits:
        return self.database.limits

    def close(self) -> None:
        """
        Answer what is in flight, then close every connection.
        """
        self.database.close()

    def register(self, names: Iterable[str]) -> dict[str, int]:
        """
        Return the id of each name; a new name is given one for ever.
        """
        return self.ask(verbs.register(self._limits, names))

    def find(self, names: Iterable[str]) -> dict[str, int]:
        """
        Return the ids of those names that are registered.
        """
        return self.ask(verbs.find(self._limits, names))

    def source(self, id_: int) -> Source | None:
        """
        Return a source, or None if there is none with this id.
        """
        return self.ask(verbs.source(id_))

    def sources(self, *, active: bool | None = None, master: Master | int | None = None) -> list[Source]:
        """
        Return all sources; or those that have a claim (True) or none (False); or those that a master holds.
        """
        return self.ask(verbs.list_sources(active=active, master=master))

    def claim(self, ids: Iterable[int], master: Master | int) -> dict[int, Token]:
        """
        Claim sources for an active master; return the token of each that it won.

        A source that an active master holds is left out: ask `source` who that is.

        Raises:
            UnknownChangeSourceError: an id is no source's; up to 500 ids are claimed all or, for this, not at all.
            UnknownMasterError: there is no such master.
            MasterInactiveError: the master has left or was expired.
        """
        return self.ask(verbs.claim(ids, master))

    def release(self, tokens: Mapping[int, Token], master: Master | int) -> list[int]:
        """
        End claims, as `claim` returned them, if they are still this master's under these tokens; return which were.
        """
        return self.ask(verbs.release_claims(tokens, master))

    def force_release(self, ids: Iterable[int]) -> dict[int, int]:
        """
        End claims whoever holds them; return the holders that they had.
        """
        return self.ask(verbs.force_release(ids))

    def release_left(self) -> list[int]:
        """
        End the claims that inactive masters left, at most a thousand; return their sources.
        """
        return self.ask(verbs.release_left())

    def join(self, name: str) -> Master:
        """
        Begin a new life under this given name: a master of its own, active from now on.
        """
        return self.ask(verbs.known_master(self.ask(verbs.join(self._limits, name))))

    def heartbeat(self, master: Master) -> bool:
        """
        Prove that the master lives; False if its life has ended, and it must stop and join anew.
        """
        return self.ask(verbs.heartbeat(self._limits, master))

    def expire(self, master: Master, *, beat: int) -> list[int] | None:
        """
        End a life whose heartbeat stopped at `beat`; return the sources that became free, None if it goes on.

        Only safe for who has watched that heartbeat for the whole expiry time while its own was confirmed.
        """
        return self.ask(verbs.expire(self._limits, master, beat=beat))

    def leave(self, master: Master) -> list[int] | None:
        """
        End one's own life, and the claims that are left; return those sources, None if it was over.
        """
        return self.ask(verbs.leave(self._limits, master))

    def forget(self) -> list[int]:
        """
        Delete the rows of masters that were over a day ago and hold nothing, at most a thousand; return their ids.
        """
        return self.ask(verbs.forget(self._limits))

    def master(self, id_: int) -> Master | None:
        """
        Return a master, or None if there is none with this id.
        """
        return self.ask(verbs.master(id_))

    def masters(self) -> list[Master]:
        """
        Return all masters, the inactive too, in the order of their ids.
        """
        return self.ask(verbs.list_masters())

    def ask(self, request: Request[A]) -> A:
        """
        Ask anything that `headwater.store` has a request for; every verb above is one.
        """
        answers: SimpleQueue[Any] = SimpleQueue()
        self.database.ask(request, _post, answers.put)
        answer = answers.get()
        if isinstance(answer, BaseException):
            raise answer
        return answer  # type: ignore[no-any-return] # the request says of what type it is
