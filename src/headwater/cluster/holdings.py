"""The claims that a master holds, and how far each is on its way out."""

from __future__ import annotations

import enum
import threading
from collections.abc import Callable, Iterable
from itertools import islice
from typing import NamedTuple

from headwater.cluster.claim import Claim


class _State(enum.Enum):
    RUNNING = "what runs under it may act"
    STOPPING = "told that it must stop"
    STOPPED = "nothing runs under it any more"


class Told(NamedTuple):
    """
    Who is told what becomes of a claim.
    """

    on_gain: Callable[[Claim], object]
    """Told of a claim under which something may begin to run."""
    on_lose: Callable[[Claim, str], object]
    """Told, with the reason, of a claim under which everything must stop."""


class _Holding:
    def __init__(self, claim: Claim, told: Told, *, goes_on: bool) -> None:
        self.claim = claim
        self.told = told
        self.goes_on = goes_on
        self.state = _State.RUNNING
        self.is_leaving = False

    @property
    def may_resume(self) -> bool:
        """
        Whether what was paused may begin again, or never ended, for it asks `check` before it acts.
        """
        has_ended = self.state is _State.STOPPED or (self.state is _State.STOPPING and self.goes_on)
        return has_ended and not self.is_leaving


class Holdings:
    """
    Which claims there are, and which of them are to be given back; any thread may ask.

    A claim is never given back while something still runs under it (docs/explanation/claiming.md, R12): first it is
    told to stop, then whoever ran it says that it has, then it is free to go.

    Args:
        told: who is told of every claim that nobody else is told of.
    """

    def __init__(self, told: Told) -> None:
        self._told = told
        self._holdings: dict[int, _Holding] = {}
        # A master that holds a million sources does not look at each of them twice a second: here are those of each
        # group that are not to be given back, and those that do not run.
        self._kept: dict[str | None, dict[int, None]] = {}
        self._idle: dict[int, _Holding] = {}
        # Held while somebody is told, too: what is told of a claim comes in the order in which it happened.
        self._lock = threading.RLock()

    def claims(self) -> list[Claim]:
        """
        Return the claims that this master has, those on their way out too, the oldest first.
        """
        with self._lock:
            return [holding.claim for holding in self._holdings.values()]

    def count(self, group: str) -> int:
        """
        Return how many sources of a group are held and not to be given back.
        """
        return len(self._kept.get(group, ()))

    def oldest(self, group: str | None, count: int | None = None) -> list[int]:
        """
        Return the sources of a group that have been held for longest and are not to be given back, at most so many.
        """
        with self._lock:
            return list(islice(self._kept.get(group, ()), count))

    def gain(self, claim: Claim, told: Told | None = None) -> None:
        """
        Take a claim that was won; an older one of the same source has ended, or it could not have been.

        Args:
            claim: what was won.
            told: who is told of this one alone; what runs under it then goes on until its own end.
        """
        holding = _Holding(claim, told or self._told, goes_on=told is not None)
        with self._lock:
            self.lose([claim.fence.source], "somebody else has ended the claim")
            self._holdings[claim.fence.source] = holding
            self._kept.setdefault(claim.group, {})[claim.fence.source] = None
            holding.told.on_gain(claim)

    def pause(self, why: str) -> None:
        """
        Have everything stopped: the right to act has run out. The claims stay.
        """
        with self._lock:
            if len(self._idle) == len(self._holdings):
                return
            for holding in self._holdings.values():
                self._stop(holding, why)

    def resume(self) -> None:
        """
        Let begin again what was paused and has stopped.
        """
        with self._lock:
            for source, holding in list(self._idle.items()):
                if holding.may_resume:
                    del self._idle[source]
                    holding.state = _State.RUNNING
                    holding.told.on_gain(holding.claim)

    def send_away(self, sources: Iterable[int], why: str) -> None:
        """
        Have what runs under the claims of these sources stopped, so that they can be given back.
        """
        with self._lock:
            for source in sources:
                holding = self._holdings.get(source)
                if holding is not None:
                    self._leave(holding)
                    self._stop(holding, why)

    def close(self, why: str) -> None:
        """
        Have everything stopped for good: nobody may act any more, and all is to be given back.
        """
        with self._lock:
            for holding in self._holdings.values():
                holding.claim.lost = why
                self._leave(holding)
                self._stop(holding, why)

    def lose(self, sources: Iterable[int], why: str) -> None:
        """
        Drop claims that somebody else has ended, and tell who runs something under them.
        """
        with self._lock:
            for source in list(sources):
                holding = self._holdings.get(source)
                if holding is not None:
                    self._drop(holding)
                    holding.claim.lost = why
                    self._stop(holding, why)

    def stopped(self, claim: Claim) -> None:
        """
        Take note that nothing runs under a claim any more.
        """
        with self._lock:
            holding = self._holdings.get(claim.fence.source)
            if holding is not None and holding.claim is claim:
                holding.state = _State.STOPPED
                self._idle[claim.fence.source] = holding

    def forget(self, claim: Claim, why: str) -> None:
        """
        Drop a claim that has ended and under which nothing runs, unless the source was claimed anew meanwhile.
        """
        with self._lock:
            claim.lost = claim.lost or why
            holding = self._holdings.get(claim.fence.source)
            if holding is not None and holding.claim is claim:
                self._drop(holding)

    def ready_to_leave(self) -> list[Claim]:
        """
        Return the claims that can be given back now.
        """
        with self._lock:
            return [h.claim for h in self._idle.values() if h.state is _State.STOPPED and h.is_leaving]

    def _leave(self, holding: _Holding) -> None:
        holding.is_leaving = True
        self._kept.get(holding.claim.group, {}).pop(holding.claim.fence.source, None)

    def _drop(self, holding: _Holding) -> None:
        source = holding.claim.fence.source
        del self._holdings[source]
        self._idle.pop(source, None)
        self._kept.get(holding.claim.group, {}).pop(source, None)

    def _stop(self, holding: _Holding, why: str) -> None:
        if holding.state is _State.RUNNING:
            holding.state = _State.STOPPING
            if self._holdings.get(holding.claim.fence.source) is holding:
                self._idle[holding.claim.fence.source] = holding
            holding.told.on_lose(holding.claim, why)
