"""Follow what others edit: new settings, and checks that somebody asks for, without a restart."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection

from headwater.aio import AsyncStore
from headwater.errors import HeadwaterError

log = logging.getLogger(__name__)

_EVERY = 2.0
"""Seconds between two looks."""


async def follow(store: AsyncStore, nudge: Callable[[Collection[int]], object], *, every: float = _EVERY) -> None:
    """
    Tell which sources were edited from now on, until cancelled.

    Args:
        store: where the edits are.
        nudge: told of the sources, whoever runs them.
        every: seconds between two looks.
    """
    number = -1
    while True:
        try:
            edited = await store.edited(number)
        except HeadwaterError as error:
            log.warning("what was edited is seen later: %s", error)
        else:
            number = edited.number
            nudge(edited.ids)
        await asyncio.sleep(every)
