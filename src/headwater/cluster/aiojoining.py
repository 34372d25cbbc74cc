"""The same for asyncio: `headwater.cluster.joining` does the work on its threads, and no event loop ever blocks."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import TracebackType
from typing import ParamSpec, Self, TypeVar

from headwater.cluster.claim import Claim
from headwater.cluster.joining import JoinedMaster, OnGain, OnLose, join
from headwater.cluster.timing import Timing
from headwater.errors import StoreClosedError

A = TypeVar("A")
P = ParamSpec("P")


def join_async(database: str, name: str, *, timing: Timing | None = None) -> AsyncJoinedMaster:
    """
    Join as a master with ``async with``, for the tasks of one event loop.

    >>> async def main():
    ...     async with join_async("sqlite://", "worker") as master, master.claim("nightly-report") as claim:
    ...         claim.check()
    >>> asyncio.run(main())

    Args:
        database: its URL.
        name: the given name of this process; others may have the same.
        timing: the cluster's times; all who use this database should have the same.
    """
    return AsyncJoinedMaster(database, name, timing)


class AsyncJoinedMaster:
    """
    A master that claims what it is asked for, by name, and nothing else.

    Made by `headwater.join_async`; ``async with`` or `open` joins.
    """

    def __init__(self, database: str, name: str, timing: Timing | None) -> None:
        self._database = database
        self._given_name = name
        self._timing = timing
        self._joined: JoinedMaster | None = None

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def name(self) -> str:
        """
        The name of this life: the given name with a suffix; another one after this master was expired.
        """
        return self._opened().name

    async def open(self) -> None:
        """
        Join.

        Raises:
            DatabaseError: the database cannot be used; the subclass tells why.
        """
        joining = asyncio.ensure_future(asyncio.to_thread(join, self._database, self._given_name, timing=self._timing))
        try:
            self._joined = await asyncio.shield(joining)
        except asyncio.CancelledError:
            # A thread cannot be cancelled: what it has joined after all would live, and hold nothing, for ever.
            joining.add_done_callback(_leave)
            raise

    async def close(self) -> None:
        """
        Wait until every block under a claim has ended, and leave; each is asked to, and its `check` raises.
        """
        if self._joined is not None:
            await _to_the_end(self._joined.close)

    @asynccontextmanager
    async def claim(
        self,
        name: str,
        *,
        timeout: float | None = None,  # noqa: ASYNC109 - the error says who holds it, asyncio.timeout does not know
        on_gain: OnGain | None = None,
        on_lose: OnLose | None = None,
    ) -> AsyncIterator[Claim]:
        """
        Wait until nobody else holds this name, and hold it until the block ends.

        As `JoinedMaster.claim`, with these differences: the functions are called in this event loop; and a wait that
        is cancelled gives back what it may have won.
        """
        joined, loop = self._opened(), asyncio.get_running_loop()
        source = await asyncio.to_thread(joined.register, name)
        waiting = joined.wait_for(source, name, _in(loop, on_gain), _in(loop, on_lose))
        try:
            async with asyncio.timeout(timeout):
                claim = await asyncio.wrap_future(waiting.won)
        except TimeoutError:
            raise await _to_the_end(joined.timed_out, waiting, timeout or 0) from None
        except BaseException:
            await _to_the_end(joined.abandon, waiting)
            raise
        try:
            yield claim
        finally:
            await _to_the_end(joined.end, claim)

    def _opened(self) -> JoinedMaster:
        if self._joined is None:
            raise StoreClosedError
        return self._joined


def _in(loop: asyncio.AbstractEventLoop, function: Callable[P, object] | None) -> Callable[P, object] | None:
    if function is None:
        return None

    def call(*args: P.args, **kwargs: P.kwargs) -> None:
        loop.call_soon_threadsafe(lambda: function(*args, **kwargs))

    return call


def _leave(joining: asyncio.Future[JoinedMaster]) -> None:
    if not joining.cancelled() and joining.exception() is None:
        threading.Thread(target=joining.result().close, daemon=True).start()


async def _to_the_end(function: Callable[P, A], *args: P.args, **kwargs: P.kwargs) -> A:
    """
    Call a function on a thread; who is cancelled meanwhile waits until it has ended.
    """
    calling = asyncio.ensure_future(asyncio.to_thread(function, *args, **kwargs))
    try:
        return await asyncio.shield(calling)
    except asyncio.CancelledError:
        await asyncio.wait([calling])
        raise
