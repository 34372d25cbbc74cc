"""Whose heartbeat has stood still for so long that its master is gone: the decision to expire, and its safeguards."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from headwater.cluster.timing import Timing
from headwater.values import Peer


class _Window(Struct, frozen=True):
    beat: int
    since: float


class Windows:
    """
    What one observer has seen of the heartbeats of others, on its own clock (docs/explanation/claiming.md, R9).

    A window opens when a new beat of a master is received, and closes when that beat was still the same after the
    expiry time. It tells nothing unless the observer was there all the time: one late look, or one heartbeat of its
    own that was not confirmed, and all windows begin anew. A database that is away or takes no writes looks like
    the death of everybody.

    Args:
        timing: the cluster's times.
    """

    def __init__(self, timing: Timing) -> None:
        self._timing = timing
        # By name too: a database that lost its tail gives an id out again.
        self._windows: dict[tuple[int, str], _Window] = {}
        self._last: float | None = None
        self._next_end = float("inf")

    def begin_anew(self) -> None:
        """
        Forget everything: a heartbeat or a look of one's own failed.
        """
        self._windows = {}
        self._last = None
        self._next_end = float("inf")

    def look(self, others: Iterable[Peer], *, asked: float, answered: float) -> list[Peer]:
        """
        Take what a look right after a confirmed heartbeat showed; return the masters that are gone.

        Args:
            others: the masters whose life goes on, without the observer.
            asked: when the observer asked, in seconds of its clock.
            answered: when it had the answer.
        """
        if self._last is not None and answered - self._last > 2 * self._timing.heartbeat:
            self.begin_anew()
        self._last = answered
        gone = []
        ends = []
        windows = {}
        for peer in others:
            window = self._windows.get((peer.id, peer.name))
            if window is None or window.beat != peer.beat:
                window = _Window(peer.beat, answered)
            if asked - window.since >= self._timing.expiry:
                gone.append(peer)
            else:
                ends.append(window.since + self._timing.expiry)
            windows[peer.id, peer.name] = window
        self._windows = windows
        self._next_end = min(ends, default=float("inf"))
        return gone

    def next_end(self) -> float:
        """
        Return the second of the clock at which the first window that is open now may close; never, if none is.
        """
        return self._next_end
