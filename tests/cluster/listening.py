"""Stores and engines that tell what they do, so that a test can wait for it."""

from __future__ import annotations

from collections.abc import Collection
from queue import SimpleQueue
from typing import NamedTuple, TypeVar

from headwater import DatabaseUnavailableError, Master, Settings, Store
from headwater.cluster.claim import Claim
from headwater.cluster.engine import Engine
from headwater.cluster.timing import Timing
from headwater.store import verbs
from headwater.store.performer import Verb
from headwater.store.requests import Request

A = TypeVar("A")

SOON = 60.0
"""Seconds until what must come has to be there, on the slowest machine."""

CALM = Timing(heartbeat=0.05, quiet=0.3, unclaimed=0.3)
"""Quick to claim and to share, and slow to give up: nothing lapses or is expired on a busy machine."""

QUICK = Timing(heartbeat=0.2, statement=0.2, lease=0.7, expiry=1.0)
"""Quick to give up, and nothing moves for fairness."""


class HeardStore(Store):
    """
    A store that tells of every heartbeat, and of every look for what is free, once it was answered.
    """

    def __init__(self, database: str) -> None:
        self.url = database
        self.beats: SimpleQueue[bool] = SimpleQueue()
        self.looks: SimpleQueue[list[str]] = SimpleQueue()
        self.away: dict[Verb, int] = {}
        """How often each of these verbs fails from now on."""
        super().__init__(database)

    def ask(self, request: Request[A]) -> A:
        """
        Ask as any store does.
        """
        if request.verb is not None and self.away.get(request.verb):
            self.away[request.verb] -= 1
            raise DatabaseUnavailableError("the database", "no answer")
        answer = super().ask(request)
        if request.verb is verbs.HEARTBEAT:
            self.beats.put(bool(answer))
        if request.verb is verbs.CLAIMABLE and isinstance(answer, list):
            self.looks.put([watched.name for watched in answer])
        return answer

    def add(self, *names: str, kind: str = "git", host: str | None = None) -> list[int]:
        """
        Register sources with settings and return their ids.
        """
        ids = self.register(names)
        for name, id_ in ids.items():
            self.configure(id_, Settings(kind=kind, url=f"https://git.example/{name}.git", host=host))
        return [ids[name] for name in names]

    def held_by(self, master: Master | None) -> set[int]:
        """
        Return the sources that a master holds.
        """
        assert master is not None
        return {source.id for source in self.sources(master=master)}

    def few_looks(self) -> None:
        """
        Wait until an engine has looked three times more, two of them from its beginning on.
        """
        for _ in range(self.looks.qsize() + 3):
            self.looks.get(timeout=SOON)


class Lost(NamedTuple):
    """
    What an engine has told of a claim under which everything must stop.
    """

    claim: Claim
    why: str


class HeardEngine(Engine):
    """
    An engine of a test; what it tells is put into queues.

    What runs under a claim stops as soon as it is told to, unless `is_busy`: then the test says when it has.
    """

    def __init__(
        self,
        store: HeardStore,
        name: str,
        *,
        kinds: Collection[str] = ("git",),
        timing: Timing = CALM,
        must_answer_within: float | None = None,
    ) -> None:
        self.heard: HeardStore = store
        self.gained: SimpleQueue[Claim] = SimpleQueue()
        self.lost_claims: SimpleQueue[Lost] = SimpleQueue()
        self.is_busy = False
        self.wanted: dict[int, str] = {}
        """What is claimed by name as soon as it can be, told only once."""
        super().__init__(
            store,
            name=name,
            kinds=kinds,
            timing=timing,
            on_gain=self.gained.put,
            on_lose=self._lose,
            at_each_look=self._claim_wanted,
            must_answer_within=must_answer_within,
        )

    def next_gained(self) -> Claim:
        """
        Wait for the next claim that is told.
        """
        return self.gained.get(timeout=SOON)

    def next_lost(self) -> Lost:
        """
        Wait for the next claim under which everything must stop.
        """
        return self.lost_claims.get(timeout=SOON)

    def holds(self, count: int) -> set[int]:
        """
        Wait until this master holds just so many sources in the database; return them.
        """
        while len(held := self.heard.held_by(self.master)) != count:
            self.heard.looks.get(timeout=SOON)
        return held

    def _claim_wanted(self) -> None:
        for id_, name in list(self.wanted.items()):
            if self.membership.claim(id_, name) is not None:
                del self.wanted[id_]

    def _lose(self, claim: Claim, why: str) -> None:
        self.lost_claims.put(Lost(claim, why))
        if not self.is_busy:
            self.stopped(claim)
