"""One master's part in the cluster, on threads over the blocking store; it tells what is gained and lost."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection

from msgspec import Struct

from headwater.blocking import Store
from headwater.clock import boot_seconds
from headwater.errors import DatabaseError, HeadwaterError
from headwater.identity import host
from headwater.values import Fence, Master, Watched

log = logging.getLogger(__name__)

HEARTBEAT = 2.0
"""Seconds between two heartbeats, and between two looks for what is free."""

_UPKEEP = 60.0
"""Seconds between two looks for what inactive masters left behind."""


class Claim(Struct, frozen=True):
    """
    A source that this master holds, and the fence under which it records.
    """

    watched: Watched
    fence: Fence


class Engine:
    """
    Joins as a master; beats on a thread of its own; claims on another what is free of what this host can run.

    `on_gain` and `on_end` are called on the engine's threads and must return at once.
    """

    def __init__(
        self,
        store: Store,
        *,
        name: str,
        kinds: Collection[str],
        on_gain: Callable[[Claim], object],
        on_end: Callable[[str], object],
    ) -> None:
        """
        Make the engine; nothing runs before `start`.

        Args:
            store: the registry; its heartbeats have a connection of their own.
            name: the given name; the master is a new life of it.
            kinds: the kinds of sources that this process can run.
            on_gain: told of every claim that was won.
            on_end: told, with the reason, if somebody else ended this life; nothing may run then.
        """
        self._store = store
        self._name = name
        self._kinds = tuple(kinds)
        self._on_gain = on_gain
        self._on_end = on_end
        self._stopping = threading.Event()
        self._held: dict[int, Claim] = {}
        self._threads = [
            threading.Thread(target=self._beat, name="headwater-heart", daemon=True),
            threading.Thread(target=self._look, name="headwater-engine", daemon=True),
        ]
        self.master: Master | None = None

    def start(self) -> Master:
        """
        Join, then begin to beat and to claim; return the new life.
        """
        self.master = self._store.join(self._name)
        for thread in self._threads:
            thread.start()
        return self.master

    def stop(self) -> None:
        """
        Stop claiming, release all claims, leave. What ran under them must have ended before.
        """
        self._stopping.set()
        if self.master is None:
            return
        for thread in self._threads:
            thread.join()
        self._store.release({id_: claim.fence.token for id_, claim in self._held.items()}, self.master)
        self._store.leave(self.master)

    def lost(self, claim: Claim) -> None:
        """
        Forget a claim that turned out to have ended, unless the source was claimed anew meanwhile.
        """
        if self._held.get(claim.watched.id) == claim:
            del self._held[claim.watched.id]

    def _beat(self) -> None:
        assert self.master is not None  # noqa: S101 - `start` has joined
        while not self._stopping.wait(HEARTBEAT):
            try:
                lives = self._store.heartbeat(self.master)
            except DatabaseError as error:
                log.warning("no heartbeat: %s", error)
                continue
            if not lives:
                self._stopping.set()
                self._on_end(f"master {self.master.name} was marked inactive by somebody else")

    def _look(self) -> None:
        upkeep_due = boot_seconds()
        while not self._stopping.is_set():
            try:
                self._claim_what_is_free()
                if boot_seconds() >= upkeep_due:
                    upkeep_due = boot_seconds() + _UPKEEP
                    self._store.release_left()
                    self._store.forget()
            except HeadwaterError as error:
                log.warning("nothing claimed: %s", error)
            self._stopping.wait(HEARTBEAT)

    def _claim_what_is_free(self) -> None:
        assert self.master is not None  # noqa: S101 - `start` has joined
        free = {watched.id: watched for watched in self._store.claimable(host=host(), kinds=self._kinds)}
        won = self._store.claim(free, self.master) if free else {}
        for id_, token in won.items():
            assert token is not None  # noqa: S101 - there is a history where there are settings
            claim = Claim(free[id_], Fence(source=id_, master=self.master.id, token=token, name=self.master.name))
            self._held[id_] = claim
            self._on_gain(claim)
