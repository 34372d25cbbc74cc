"""What a worker did, line by line in a file of its own, on the clock that all processes of a host share."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec

What = Literal["gained", "acted", "lost", "stopped", "expired"]


def now() -> float:
    """
    Return the seconds since the host booted: as Headwater reads them, but not by way of the code that is judged.
    """
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class Event(msgspec.Struct, frozen=True):
    """
    Something that happened to a claim in one worker; or that it ended the life of another master, named in `why`.
    """

    at: float
    """Seconds since the host booted; of an act, the moment before its claim was checked."""
    what: What
    source: int
    token: int
    worker: str
    why: str = ""


class Diary:
    """
    Writes events as they happen; a process that is killed leaves all that it had written.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab", buffering=0)

    def write(self, event: Event) -> None:
        """
        Append an event, in one call to the system.
        """
        self._file.write(msgspec.json.encode(event) + b"\n")


def events(folder: Path) -> list[Event]:
    """
    Return what all workers wrote, in the order in which it happened.
    """
    return sorted((event for path in folder.glob("*.diary") for event in _events(path)), key=lambda event: event.at)


def _events(path: Path) -> Iterator[Event]:
    decoder = msgspec.json.Decoder(Event)
    for line in path.read_bytes().split(b"\n"):
        # The last line of a process that was killed may be half a one.
        if line.endswith(b"}"):
            yield decoder.decode(line)
