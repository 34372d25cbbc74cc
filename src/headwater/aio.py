"""The registry for asyncio: each verb is awaited, and no event loop ever blocks."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeVar

from headwater.aiowatch import WatchingAsyncStore
from headwater.errors import StoreClosedError
from headwater.store import verbs
from headwater.store.claims import Token
from headwater.store.database import Database
from headwater.store.deadlines import DEADLINE
from headwater.store.groupcommit import Resolve
from headwater.store.requests import Limits, Request
from headwater.values import Master, Source

A = TypeVar("A")


class AsyncStore(WatchingAsyncStore):
    """
    The registry of change sources in one database, for the tasks of one event loop.

    >>> async def main():
    ...     async with AsyncStore("sqlite://") as store:
    ...         return await store.register(["linux"])
    >>> asyncio.run(main())
    {'linux': 1}
    """

    def __init__(self, database: str | Database, *, deadline: float = DEADLINE) -> None:
        """
        Take a database, which `open` or ``async with`` opens.

        Args:
            database: its URL; or one that is open already, to be used by several faces.
            deadline: seconds to wait for the answer to one statement; one that is open keeps its own.
        """
        self._deadline = deadline
        self._url = "" if isinstance(database, Database) else database
        self._database = database if isinstance(database, Database) else None
        self._opening = asyncio.Lock()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def database(self) -> Database:
        """
        The open database.

        Raises:
            StoreClosedError: it is not open yet.
        """
        if self._database is None:
            raise StoreClosedError
        return self._database

    @property
    def _limits(self) -> Limits:
        return self.database.limits

    async def open(self) -> None:
        """
        Open the database, and set it up if it is empty.

        Raises:
            DatabaseError: it cannot be used; the subclass tells why.
            TimingError: nobody can wait for as long as the deadline.
        """
        async with self._opening:
            if self._database is None:
                self._database = await asyncio.to_thread(Database, self._url, deadline=self._deadline)

    async def close(self) -> None:
        """
        Answer what is in flight, then close every connection.
        """
        if self._database is not None:
            await asyncio.to_thread(self._database.close)

    async def register(self, names: Iterable[str]) -> dict[str, int]:
        """
        Return the id of each name; a new name is given one for ever.
        """
        return await self.ask(verbs.register(self._limits, names))

    async def find(self, names: Iterable[str]) -> dict[str, int]:
        """
        Return the ids of those names that are registered.
        """
        return await self.ask(verbs.find(self._limits, names))

    async def source(self, id_: int) -> Source | None:
        """
        Return a source, or None if there is none with this id.
        """
        return await self.ask(verbs.source(id_))

    async def sources(self, *, active: bool | None = None, master: Master | int | None = None) -> list[Source]:
        """
        Return all sources; or those that have a claim (True) or none (False); or those that a master holds.
        """
        return await self.ask(verbs.list_sources(active=active, master=master))

    async def claim(self, ids: Iterable[int], master: Master | int) -> dict[int, Token]:
        """
        Claim sources for an active master; return the token of each that it won.

        A source that an active master holds is left out: ask `source` who that is.

        Raises:
            UnknownChangeSourceError: an id is no source's; up to 500 ids are claimed all or, for this, not at all.
            UnknownMasterError: there is no such master.
            MasterInactiveError: the master has left or was expired.
        """
        return await self.ask(verbs.claim(ids, master))

    async def release(self, tokens: Mapping[int, Token], master: Master | int) -> list[int]:
        """
        End claims, as `claim` returned them, if they are still this master's under these tokens; return which were.
        """
        return await self.ask(verbs.release_claims(tokens, master))

    async def force_release(self, ids: Iterable[int]) -> dict[int, int]:
        """
        End claims whoever holds them; return the holders that they had.
        """
        return await self.ask(verbs.force_release(ids))

    async def release_left(self) -> list[int]:
        """
        End the claims that inactive masters left, at most a thousand; return their sources.
        """
        return await self.ask(verbs.release_left())

    async def join(self, name: str) -> Master:
        """
        Begin a new life under this given name: a master of its own, active from now on.
        """
        return await self.ask(verbs.known_master(await self.ask(verbs.join(self._limits, name))))

    async def heartbeat(self, master: Master) -> bool:
        """
        Prove that the master lives; False if its life has ended, and it must stop and join anew.
        """
        return await self.ask(verbs.heartbeat(self._limits, master))

    async def expire(self, master: Master, *, beat: int) -> list[int] | None:
        """
        End a life whose heartbeat stopped at `beat`; return the sources that became free, None if it goes on.

        Only safe for who has watched that heartbeat for the whole expiry time while its own was confirmed.
        """
        return await self.ask(verbs.expire(self._limits, master, beat=beat))

    async def leave(self, master: Master) -> list[int] | None:
        """
        End one's own life, and the claims that are left; return those sources, None if it was over.
        """
        return await self.ask(verbs.leave(self._limits, master))

    async def forget(self) -> list[int]:
        """
        Delete the rows of masters that were over a day ago and hold nothing, at most a thousand; return their ids.
        """
        return await self.ask(verbs.forget(self._limits))

    async def master(self, id_: int) -> Master | None:
        """
        Return a master, or None if there is none with this id.
        """
        return await self.ask(verbs.master(id_))

    async def masters(self) -> list[Master]:
        """
        Return all masters, the inactive too, in the order of their ids.
        """
        return await self.ask(verbs.list_masters())

    async def ask(self, request: Request[A]) -> A:
        """
        Ask anything that `headwater.store` has a request for; every verb above is one.
        """
        loop = asyncio.get_running_loop()
        waiting: asyncio.Future[Any] = loop.create_future()

        def resolve(answer: object) -> None:
            if waiting.done():
                return
            if isinstance(answer, BaseException):
                waiting.set_exception(answer)
            else:
                waiting.set_result(answer)

        calls = self.database.ask(request, _Postman(loop), resolve)
        try:
            return await waiting  # type: ignore[no-any-return] # the request says of what type it is
        except asyncio.CancelledError:
            for call in calls:
                call.is_abandoned = True
            raise


@dataclass(frozen=True)
class _Postman:
    """
    Carries the answers of a batch into an event loop, all in one go.
    """

    loop: asyncio.AbstractEventLoop

    def __call__(self, answers: Sequence[tuple[Resolve, Any]]) -> None:
        self.loop.call_soon_threadsafe(_hand_out, answers)


def _hand_out(answers: Sequence[tuple[Resolve, Any]]) -> None:
    for resolve, answer in answers:
        resolve(answer)
