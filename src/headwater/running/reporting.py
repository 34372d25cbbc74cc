"""Tell the database how sources fare: the newest of each, in one batch a second at most."""

from __future__ import annotations

import asyncio
import logging

from headwater.aio import AsyncStore
from headwater.clock import Clock, boot_seconds
from headwater.errors import DatabaseError, HeadwaterError
from headwater.running.conditions import Health, report
from headwater.values import Fence

log = logging.getLogger(__name__)

_EVERY = 1.0
"""Seconds between two batches at the least."""


class Reporter:
    """
    Keeps what is to be told until it is; of one source only the newest.

    Args:
        store: where it is told.
        clock: the one of the times in `Health`.
    """

    def __init__(self, store: AsyncStore, *, clock: Clock = boot_seconds) -> None:
        self._store = store
        self._clock = clock
        self._waiting: dict[int, tuple[Fence, Health]] = {}
        self._has_news = asyncio.Event()

    def tell(self, fence: Fence, health: Health) -> None:
        """
        Have it told how the source of a claim fares.
        """
        self._waiting[fence.source] = (fence, health)
        self._has_news.set()

    async def run(self) -> None:
        """
        Tell, until cancelled.
        """
        while True:
            await self._has_news.wait()
            await self.flush()
            await asyncio.sleep(_EVERY)

    async def flush(self) -> None:
        """
        Tell now what is to be told; what the database does not take now is told later, unless there is something newer.
        """
        told, self._waiting = self._waiting, {}
        self._has_news.clear()
        now = self._clock()
        made = (report(health, source=fence.source, token=fence.token, now=now) for fence, health in told.values())
        reports = [one for one in made if one is not None]
        is_told = False
        try:
            if reports:
                await self._store.report(reports)
            is_told = True
        except DatabaseError as error:
            log.warning("how the sources fare is told later: %s", error)
        except HeadwaterError as error:
            is_told = True
            log.warning("how the sources fare cannot be told: %s", error)
        finally:
            if not is_told:  # also if this was cancelled
                self._waiting = told | self._waiting
                self._has_news.set()
