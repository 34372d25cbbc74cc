"""The faults that were done to workers, and which ends of lives they explain."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from headwater.cluster.timing import Timing
from tests.failover.events import now

How = Literal["gone", "paused", "cut off", "unanswered"]
"""What becomes of its heartbeats: none ever, none for a while, none that arrives; or only commits are not answered."""

_BUSY = 1.0
"""Seconds that a machine with too much to do may take for anything."""


class Fault(msgspec.Struct, frozen=True):
    """
    Something that was done to a worker, on the clock that all processes of a host share.
    """

    how: How
    begin: float
    worker: str | None = None
    """None: all of them."""
    pid: int | None = None
    """Only this process of the worker; None: whichever it has."""
    until: float = float("inf")

    def hits(self, life: Ended) -> bool:
        """
        Tell whether it was done to the process that lived this life.
        """
        return self.worker in {None, life.worker} and self.pid in {None, life.pid}


class Ended(msgspec.Struct, frozen=True):
    """
    A life that others ended.
    """

    name: str
    worker: str
    pid: int
    joined: float
    at: float
    """When it was ended."""
    has_beaten: bool = True
    """Whether a heartbeat came after its first, which is that of joining."""


class Faults:
    """
    Keeps the faults that are done, and writes each down when it is over.

    Args:
        path: of the file; the ones that never end are the last lines.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._open: list[Fault] = []
        self._over: list[Fault] = []

    def begin(self, how: How, worker: str | None = None, pid: int | None = None) -> Fault:
        """
        Take note that a fault begins now; one that ends the process is never over.
        """
        fault = Fault(how, now(), worker, pid)
        self._open.append(fault)
        return fault

    def over(self, fault: Fault) -> None:
        """
        Take note that a fault is over.
        """
        if fault in self._open:
            self._open.remove(fault)
            self._over.append(msgspec.structs.replace(fault, until=now()))

    def heal(self) -> None:
        """
        Take note that all faults are over, and write them down.
        """
        for fault in [fault for fault in self._open if fault.how != "gone"]:
            self.over(fault)
        self._path.write_bytes(msgspec.json.encode(self.done()))

    def done(self) -> list[Fault]:
        """
        Return all of them.
        """
        return [*self._over, *self._open]


def ended_in_health(ends: Iterable[Ended], faults: Sequence[Fault], timing: Timing) -> list[str]:
    """
    Return every life that was ended by others though no fault kept its master from beating.

    A heartbeat has stood still for the expiry time when a life is ended. A master to which nothing was done for
    longer than it takes to beat would have beaten within that time.

    Args:
        ends: the lives that others ended.
        faults: what was done to whom.
        timing: the cluster's times.
    """
    return [
        f"{life.name} was ended at {life.at:.2f}, and nothing was wrong with it"
        for life in ends
        if not _is_explained(life, [fault for fault in faults if fault.hits(life)], timing)
    ]


def _is_explained(life: Ended, hits: Sequence[Fault], timing: Timing) -> bool:
    if any(fault.how == "gone" and fault.begin <= life.at for fault in hits):
        return True
    if not life.has_beaten:
        # The answer to joining was lost: nobody knows of this life, and the master began another one.
        return any(fault.begin <= life.joined + timing.statement and fault.until >= life.joined for fault in hits)
    spans = [(fault.begin, fault.until + _recovery(fault, timing)) for fault in hits if fault.how != "unanswered"]
    return _longest_gap(spans, life.at - timing.expiry, life.at) <= timing.heartbeat + _BUSY


def _recovery(fault: Fault, timing: Timing) -> float:
    # What was asked before may still wait for its answer, in vain; then it is time for a heartbeat.
    return timing.heartbeat if fault.how == "paused" else timing.statement + timing.heartbeat


def _longest_gap(spans: Iterable[tuple[float, float]], begin: float, end: float) -> float:
    """
    Return the seconds of the longest time between begin and end that no span covers.
    """
    longest, free_since = 0.0, begin
    for since, until in sorted(spans):
        longest = max(longest, min(since, end) - free_since)
        free_since = max(free_since, until)
    return max(longest, end - free_since)
