"""Very many masters and sources without any database: round after round, all of them do what `plan` decides."""

from __future__ import annotations

import statistics
import time

from headwater.cluster.plan import Plan, Situation, plan
from headwater.cluster.timing import Timing
from headwater.values import Peer, Settings, Share, Watched

_TIMING = Timing()
_GROUP = "git"
_SETTINGS = Settings(kind=_GROUP, url="https://git.example/r.git")

_PAGE = 100_000
"""
Free sources that a master sees at once. A database shows a hundredth of that, and then a hundred times as many rounds
go by, all alike, until everything is claimed.
"""

_UNNOTICED = round(_TIMING.expiry / _TIMING.heartbeat)
"""Rounds in which a master that has crashed still counts."""


class Rounds:
    """
    A cluster in which all masters look at the same picture, then each does what it has decided.

    That is the worst order for them: nobody sees what another one is about to do.

    Args:
        masters: how many there are.
        sources: how many there are, all free.
    """

    def __init__(self, masters: int, sources: int) -> None:
        self._free = [
            Watched(id=id_, name=f"source {id_}", settings=_SETTINGS, free_ms=0) for id_ in range(1, sources + 1)
        ]
        self._held: dict[int, list[Watched]] = {id_: [] for id_ in range(1, masters + 1)}
        self._wants: dict[int, int] = dict.fromkeys(self._held, 0)
        self._silent: int | None = None
        self._unnoticed = 0
        self._is_still = True
        self._seconds: list[float] = []

    def join(self) -> None:
        """
        Add a master that holds nothing.
        """
        id_ = max(self._held) + 1
        self._held[id_], self._wants[id_] = [], 0

    def leave(self) -> None:
        """
        Let the youngest master give everything back, and go.
        """
        id_ = max(self._held)
        self._free += self._held.pop(id_)
        del self._wants[id_]

    def crash(self) -> None:
        """
        Let the youngest master fall silent; the others notice it after a while, and end its life.
        """
        self._silent, self._unnoticed = max(self._held), _UNNOTICED

    def settle(self) -> dict[str, float]:
        """
        Go on until everything is claimed and the shares are fair; return what it took.
        """
        self._seconds = []
        rounds = moves = 0
        while not self._is_settled():
            moves += self._round()
            rounds += 1
        milliseconds = [second * 1000 for second in self._seconds] or [0.0]
        return {
            "rounds": rounds,
            "moves": moves,
            "plan_ms_median": round(statistics.median(milliseconds), 2),
            "plan_ms_worst": round(max(milliseconds), 2),
        }

    def _is_settled(self) -> bool:
        counts = [len(held) for held in self._held.values()]
        return self._silent is None and not self._free and max(counts) - min(counts) <= 1

    def _round(self) -> int:
        """
        Let every master decide, then perform all that; return how many sources were claimed.
        """
        self._end_who_is_silent()
        peers = tuple(self._peer(id_) for id_ in self._held)
        free = tuple(self._free[:_PAGE])
        decided = {id_: self._decide(id_, peers, free) for id_ in self._held if id_ != self._silent}
        claimed = {source: id_ for id_, one in reversed(decided.items()) for source in one.claim}
        for source in free:
            if source.id in claimed:
                self._held[claimed[source.id]].append(source)
        self._free = [source for source in self._free if source.id not in claimed]
        given = sum(self._perform(id_, one) for id_, one in decided.items())
        self._is_still = not claimed and not given
        return len(claimed)

    def _end_who_is_silent(self) -> None:
        if self._silent is None:
            return
        if self._unnoticed == 0:
            self._silent = None
            self.leave()
        self._unnoticed -= 1

    def _peer(self, id_: int) -> Peer:
        share = Share(held=len(self._held[id_]), want=self._wants[id_])
        return Peer(id=id_, name=f"m{id_}#1", given_name=f"m{id_}", beat=1, shares={_GROUP: share})

    def _decide(self, id_: int, peers: tuple[Peer, ...], free: tuple[Watched, ...]) -> Plan:
        situation = Situation(
            me=id_,
            peers=peers,
            held={_GROUP: len(self._held[id_])},
            free=free,
            may_act=True,
            quiet_for=_TIMING.quiet,
            still_for=_TIMING.quiet if self._is_still else 0,
        )
        began = time.perf_counter()
        decided = plan(situation, _TIMING)
        self._seconds.append(time.perf_counter() - began)
        return decided

    def _perform(self, id_: int, decided: Plan) -> int:
        """
        Take what a master says of itself, and hand over what it gives; return how much that is.
        """
        count = decided.hand_over.get(_GROUP, 0)
        self._free += self._held[id_][:count]
        del self._held[id_][:count]
        self._wants[id_] = decided.shares[_GROUP].want
        return count
