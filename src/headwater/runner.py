"""Run the sources that this master holds: when each is polled, and what becomes of a poll that fails."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from typing import Protocol

from headwater.aio import AsyncStore
from headwater.cluster.engine import Claim
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

    def lost(self, watched: Watched) -> None:
        """
        Take note that the claim has ended, and the source is not run here any more.
        """


class Runner:
    """
    Polls every claimed source on a task of its own, until it is stopped or the claim is lost.
    """

    def __init__(
        self,
        store: AsyncStore,
        *,
        make: Callable[[Watched], ChangeSource],
        interval: float,
        listener: Listener,
        on_lost: Callable[[Claim], None],
    ) -> None:
        """
        Make the runner; it runs what `begin` gives it.

        Args:
            store: where changes are recorded.
            make: makes the change source of what is watched.
            interval: seconds between two polls of a source.
            listener: is told what happens.
            on_lost: told of a claim that turned out to have ended.
        """
        self._store = store
        self._make = make
        self._interval = interval
        self._listener = listener
        self._on_lost = on_lost
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._is_stopped = False
        self._room = asyncio.Semaphore(_AT_ONCE)

    def begin(self, claim: Claim) -> None:
        """
        Poll a source from now on; whatever ran for it under an older claim ends first.

        After `stop` nothing begins: who stops gives back what was claimed meanwhile.
        """
        if self._is_stopped:
            return
        id_ = claim.watched.id
        self._tasks[id_] = asyncio.create_task(self._run(claim, after=self._tasks.get(id_)))

    async def stop(self) -> None:
        """
        Cancel every poll, and wait until what it had started is gone.
        """
        self._is_stopped = True
        await _ended(*self._tasks.values())

    async def _run(self, claim: Claim, *, after: asyncio.Task[None] | None) -> None:
        if after is not None:
            await _ended(after)
        try:
            await self._poll_for_ever(claim.watched, self._poll_under(claim))
        except ClaimLostError:
            self._listener.lost(claim.watched)
            self._on_lost(claim)

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


async def _ended(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
