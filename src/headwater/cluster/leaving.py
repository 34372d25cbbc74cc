"""Leave in good order: give every claim back and end the life, also if the database is away for a moment."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from headwater.blocking import Store
from headwater.clock import Clock
from headwater.cluster.life import Life
from headwater.errors import DatabaseError
from headwater.store import clustering
from headwater.store.claims import Token

log = logging.getLogger(__name__)

_AT_MOST = 10.0
"""Seconds for which it is tried, if the lease would run for so long: who stops a program does not wait for longer."""

_AGAIN = 0.5
"""Seconds between two tries."""


def leave(  # noqa: PLR0913 - plain data
    store: Store,
    life: Life,
    tokens: Mapping[int, Token],
    *,
    expiry: float,
    clock: Clock,
    pause: Callable[[float], object],
) -> None:
    """
    Give up the right to act at once, then end the claims and the life.

    Args:
        store: the registry.
        life: which ends; what ran under its claims has ended before.
        tokens: of its claims, by source.
        expiry: after how many seconds of silence the others end it.
        clock: of the lease.
        pause: waits for so many seconds.

    Raises:
        DatabaseError: it was away for as long as the lease would have run, or for ten seconds.
    """
    until = min(life.lease.until, clock() + _AT_MOST)
    life.lease.end()
    while not life.is_over:
        try:
            _leave_at_once(store, life, tokens)
        except DatabaseError as error:
            if clock() >= until:
                follows = f"this master could not leave, and the others take over after {expiry:g} s"
                raise type(error)(error.database, f"{error.problem}; {follows}") from error
            log.warning("cannot leave yet: %s", error)
            pause(_AGAIN)
        else:
            return


def _leave_at_once(store: Store, life: Life, tokens: Mapping[int, Token]) -> None:
    # The others count it no more before anything is free, and share what it had among themselves.
    store.ask(clustering.heartbeat(store.database.limits, life.master, {}))
    store.release(tokens, life.master)
    store.leave(life.master)
