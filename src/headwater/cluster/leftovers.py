"""What those leave that are gone: their lives, their claims and their rows, and when they are swept."""

from __future__ import annotations

import logging

from headwater.blocking import Store
from headwater.clock import Clock
from headwater.cluster.life import Life
from headwater.cluster.processes import is_gone
from headwater.errors import HeadwaterError
from headwater.store import clustering

log = logging.getLogger(__name__)

_SELDOM = 60.0
"""Seconds between two sweeps that find nothing."""

_AGAIN = 2.0
"""Seconds until a sweep is tried again that failed; twice as many each time, up to the usual."""


class Leftovers:
    """
    Ends the lives of those that are gone, and sweeps up after them, a slice at each look.

    Nothing here keeps the rest of a look from being done: what is left harms nobody (docs/explanation/claiming.md,
    R4), so an error is told and waits for its time.

    Args:
        store: the registry.
        given_name: of this master, whose earlier lives it ends as soon as their processes are gone.
        clock: whose seconds these are.
    """

    def __init__(self, store: Store, given_name: str, clock: Clock) -> None:
        self._store = store
        self._given_name = given_name
        self._clock = clock
        self._due_at = float("-inf")
        self._again = _AGAIN

    def expire(self, life: Life) -> None:
        """
        End the lives of those that are gone, as far as one master has seen; the first of what they held is free then.
        """
        own_dead = [peer for peer in life.peers if peer.given_name == self._given_name and is_gone(peer)]
        ended = []
        for peer in {peer.id: peer for peer in (*life.gone, *own_dead)}.values():
            try:
                freed = self._store.ask(clustering.expire(self._store.database.limits, peer))
            except HeadwaterError as error:
                # It is still gone at the look after the next heartbeat.
                log.warning("cannot expire master %s yet: %s", peer.name, error)
                continue
            ended.append(peer)
            if freed is not None:
                log.info("expired master %s; %d of its sources are free", peer.name, len(freed))
                self._due_at = self._clock()
        if ended:
            life.drop(ended)

    def sweep(self) -> bool:
        """
        End a slice of the claims that are left, if it is time to; tell whether there may be more.
        """
        if self._clock() < self._due_at:
            return False
        # Before it is tried: what fails each time must not be tried at each look.
        self._due_at = self._clock() + self._again
        try:
            return self._swept()
        except HeadwaterError as error:
            told = logging.WARNING if self._again == _AGAIN else logging.DEBUG
            log.log(told, "what masters left that are gone is swept later: %s", error)
            self._again = min(self._again * 2, _SELDOM)
            return False

    def _swept(self) -> bool:
        found = self._store.release_left()
        if found:
            log.info("%d sources are free that masters left which are gone", len(found))
        else:
            self._store.forget()
        self._again = _AGAIN
        self._due_at = self._clock() + (0 if found else _SELDOM)
        return bool(found)
