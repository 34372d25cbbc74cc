"""Run the sources that this master holds: when each is polled, and what becomes of a poll that fails."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from typing import Protocol

from headwater.aio import AsyncStore
from headwater.cluster.claim import Claim
from headwater.errors import ClaimLostError, HeadwaterError, SourceError
from headwater.poll import Poller
from headwater.sources.base import ChangeSource
from headwater.values import Change, Watched

log = logging.getLogger(__name__)

_Poll = Callable[[], Awaitable[dict[str, str]]]

_AT_ONCE = 8
"""Polls in flight at the most: each is a few processes."""


class Listener(Protocol):
    """
    Who is told what the runner sees; always in the event loop.
    """

    def recorded(self, change: Change) -> None:
        """
        Take a change that is in the feed.
        """

    def looked(self, watched: Watched, refs: dict[str, str]) -> None:
        """
        Take note that a poll went well for the first time, or again after it had failed.
        """

    def failed(self, watched: Watched, problem: str) -> None:
        """
        Take note that a poll failed, and not as the one before; it is tried again.
        """

    def lost(self, watched: Watched, why: str) -> None:
        """
        Take note that the source is not run here any more, and why.
        """


class Holder(Protocol):
    """
    Who holds the claims, and is told what became of them here; the cluster engine is one.
    """

    def alive(self) -> None:
        """
        Take note that the event loop is not stuck.
        """

    def stopped(self, claim: Claim) -> None:
        """
        Take note that nothing runs under a claim any more.
        """

    def lost(self, claim: Claim) -> None:
        """
        Take note that the database refused a claim as ended.
        """


class Runner:
    """
    Polls every claimed source on a task of its own, until it is told to stop or the claim is lost.
    """

    def __init__(
        self,
        store: AsyncStore,
        *,
        make: Callable[[Watched], ChangeSource],
        interval: float,
        listener: Listener,
    ) -> None:
        """
        Make the runner; it runs what `begin` gives it.

        Args:
            store: where changes are recorded.
            make: makes the change source of what is watched.
            interval: seconds between two polls of a source.
            listener: is told what happens.
        """
        self._store = store
        self._make = make
        self._interval = interval
        self._listener = listener
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._is_stopped = False
        self._room = asyncio.Semaphore(_AT_ONCE)

    def begin(self, claim: Claim, holder: Holder) -> None:
        """
        Poll a source from now on; whatever ran for it under an older claim ends first.

        After `stop` nothing begins: who stops gives back what was claimed meanwhile.
        """
        if self._is_stopped:
            return
        id_ = claim.fence.source
        self._tasks[id_] = asyncio.create_task(self._run(claim, holder, after=self._tasks.get(id_)))

    def end(self, claim: Claim, why: str) -> None:
        """
        Stop polling a source; the holder is told when what the poll had started is gone.
        """
        task = self._tasks.get(claim.fence.source)
        if task is not None and not task.done():
            # Not before its first step: a task that never began has no end, at which the holder is told.
            asyncio.get_running_loop().call_soon(_cancel, task)
            self._listener.lost(claim.watched, why)

    async def answer(self, holder: Holder) -> None:
        """
        Tell the holder once a second that this loop is not stuck, until cancelled.
        """
        while True:
            holder.alive()
            await asyncio.sleep(1)

    async def stop(self) -> None:
        """
        Cancel every poll, and wait until what it had started is gone.
        """
        self._is_stopped = True
        # Each task takes its first step before it is cancelled, as in `end`.
        await asyncio.sleep(0)
        for task in self._tasks.values():
            _cancel(task)
        for task in self._tasks.values():
            await _ended(task)

    async def _run(self, claim: Claim, holder: Holder, *, after: asyncio.Task[None] | None) -> None:
        try:
            if after is not None:
                await _ended(after)
            await self._poll_for_ever(claim.watched, self._poll_under(claim))
        except ClaimLostError as error:
            self._listener.lost(claim.watched, claim.lost or str(error))
            if claim.may_act:
                holder.lost(claim)
        finally:
            # Only now: a claim is never given back while its poll still runs.
            holder.stopped(claim)

    def _poll_under(self, claim: Claim) -> _Poll:
        poller: Poller | None = None

        async def poll() -> dict[str, str]:
            nonlocal poller
            if poller is None:  # made by the first poll, for that may fail as any other
                source = self._make(claim.watched)
                poller = Poller(claim, source, self._store, on_change=self._listener.recorded)
            return await poller.poll()

        return poll

    async def _poll_for_ever(self, watched: Watched, poll: _Poll) -> None:
        # What was told last: "" is nothing yet, None that all is well.
        told: str | None = ""
        while True:
            problem = await self._poll_once(watched, poll, is_news=told is not None)
            if problem is not None and problem != told:
                self._listener.failed(watched, problem)
            told = problem
            # Jitter keeps hundreds of sources from being polled in step.
            await asyncio.sleep(self._interval * random.uniform(0.9, 1.0))  # noqa: S311 - no secret

    async def _poll_once(self, watched: Watched, poll: _Poll, *, is_news: bool) -> str | None:
        try:
            async with self._room:
                refs = await poll()
        except ClaimLostError:
            raise
        except SourceError as error:
            return error.problem
        except HeadwaterError as error:
            return str(error)
        except Exception as error:  # a source of the user's own may raise anything, and must not stop for it
            log.exception("poll of %s", watched.name)
            return f"{type(error).__name__}: {error}"
        if is_news:
            self._listener.looked(watched, refs)
        return None


def _cancel(task: asyncio.Task[None]) -> None:
    # Once: a second time would interrupt it while it cleans up.
    if not task.cancelling():
        task.cancel()


async def _ended(task: asyncio.Task[None]) -> None:
    """
    Cancel a task, and wait until it has ended; who is cancelled meanwhile waits as well.
    """
    _cancel(task)
    is_cancelled = False
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            is_cancelled = True
    if is_cancelled:
        raise asyncio.CancelledError
