"""Delete what is older than each source keeps it: the changes, and the history of its claims, a slice at a time."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Sequence

from headwater.aio import AsyncStore
from headwater.errors import HeadwaterError
from headwater.store import watching

log = logging.getLogger(__name__)

_FIRST = 60.0
"""Seconds until the first time: at the start there is more urgent work."""

_EVERY = 3_600.0

_BREATH = 1.0
"""Seconds between two slices, in which the database has time for others."""

_LOOK_THROUGH = 5_000
"""Sources among which is looked for those that nobody runs, each time: with more of them, it is the next ones' turn."""

_SOURCES = 50
"""Sources that are looked through at once, with a few statements each."""


async def prune(
    store: AsyncStore, held: Callable[[], Sequence[int]], *, first: float = _FIRST, every: float = _EVERY
) -> None:
    """
    Prune the sources that are held here, and some that no master runs, once an hour, until cancelled.

    Args:
        store: where the changes are.
        held: tells the ids of the sources.
        first: seconds until the first time.
        every: seconds from one time to the next.
    """
    rest, last = first, 0
    while True:
        # Masters that were started together do not prune together.
        await asyncio.sleep(rest * random.uniform(0.8, 1.0))  # noqa: S311 - no secret
        rest = every
        try:
            nobodys = await store.ask(watching.nobodys(store.database.limits, after=last, most=_LOOK_THROUGH))
            last = nobodys.last
            await prune_once(store, [*held(), *nobodys.ids])
        except HeadwaterError as error:
            log.warning("what is old is deleted later: %s", error)


async def prune_once(store: AsyncStore, ids: Sequence[int], *, breath: float = _BREATH) -> None:
    """
    Delete all of these sources that is too old, and what is left of those that are there no more.
    """
    # Once without any source held: what was removed is anybody's.
    slices = [ids[start : start + _SOURCES] for start in range(0, len(ids), _SOURCES)] or [()]
    while slices:
        if not await store.prune(slices[-1]):
            slices.pop()
        await asyncio.sleep(breath)
