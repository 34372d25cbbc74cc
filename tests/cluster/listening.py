"""Who is told what an engine does, so that a test can wait for it."""

from __future__ import annotations

from collections.abc import Iterable
from queue import SimpleQueue

from headwater import Master, Settings, Store, Watched
from headwater.cluster.engine import Claim

SOON = 20.0
"""Seconds until what must come has to be there, on the slowest machine."""


class HeardStore(Store):
    """
    A store that tells of every heartbeat, and of every look for what is free, once it was answered.
    """

    def __init__(self, database: str) -> None:
        super().__init__(database)
        self.url = database
        self.beats: SimpleQueue[bool] = SimpleQueue()
        self.looks: SimpleQueue[list[str]] = SimpleQueue()

    def heartbeat(self, master: Master) -> bool:
        """
        Beat as any store does.
        """
        lives = super().heartbeat(master)
        self.beats.put(lives)
        return lives

    def claimable(self, *, host: str, kinds: Iterable[str]) -> list[Watched]:
        """
        Look as any store does.
        """
        free = super().claimable(host=host, kinds=kinds)
        self.looks.put([watched.name for watched in free])
        return free

    def add(self, name: str, *, kind: str = "git", host: str | None = None) -> int:
        """
        Register a source with settings and return its id.
        """
        (id_,) = self.register([name]).values()
        self.configure(id_, Settings(kind=kind, url=f"https://git.example/{name}.git", host=host))
        return id_


class Ear:
    """
    What an engine has told.
    """

    def __init__(self) -> None:
        self.gained: SimpleQueue[Claim] = SimpleQueue()
        self.ended: SimpleQueue[str] = SimpleQueue()

    def next_gained(self) -> Claim:
        """
        Wait for the next claim that is told.
        """
        return self.gained.get(timeout=SOON)
