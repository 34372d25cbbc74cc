"""What happens to several masters on one database, and what is seen of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import TypeVar

from headwater.clock import boot_seconds
from tests.buildbot.createmaster import TABLES
from tests.buildbot.masters import BuildMaster, Config, masters
from tests.conformance.rows import run

T = TypeVar("T")

SOON = 100.0
"""Seconds until what must come has to be there, on the slowest machine."""


def awaited(see: Callable[[], T | None], what: str, seconds: float = SOON) -> T:
    """
    Return what is seen as soon as it is there.
    """
    deadline = monotonic() + seconds
    while monotonic() < deadline:
        if (seen := see()) is not None:
            return seen
        sleep(0.05)  # files and rows of other processes cannot be awaited
    raise AssertionError(f"not within {seconds:g} s: {what}")


def start_all(those: Sequence[BuildMaster]) -> float:
    """
    Start masters at the same instant; return the second at which all of them run.
    """
    for master in those:
        master.start()
    for master in those:
        master.wait_until_running()
    return boot_seconds()


def first_poll(master: BuildMaster, after: float) -> float:
    """
    Wait for the first poll that a master begins after a moment; return when it began.
    """

    def see() -> float | None:
        return min((poll.at for poll in master.polls() if poll.what == "began" and poll.at > after), default=None)

    return awaited(see, f"a poll of {master.name}")


def all_polled(those: Sequence[BuildMaster], after: float, count: int) -> None:
    """
    Wait until that many sources were polled, by whichever master.
    """

    def see() -> bool | None:
        return len(polled(those, after)) >= count or None

    awaited(see, f"polls of {count} sources")


def polled(those: Sequence[BuildMaster], after: float) -> dict[str, set[str]]:
    """
    Return the sources of which polls began after a moment, each with the masters that polled it.
    """
    found: dict[str, set[str]] = {}
    for poll in (poll for master in those for poll in master.polls()):
        if poll.what == "began" and poll.at > after:
            found.setdefault(poll.source, set()).add(poll.master)
    return found


def polled_twice(those: Sequence[BuildMaster], after: float) -> list[str]:
    """
    Return the sources of which several masters began polls after a moment.
    """
    return sorted(source for source, by in polled(those, after).items() if len(by) > 1)


def overlaps(those: Sequence[BuildMaster]) -> list[str]:
    """
    Return the sources of which polls of two masters overlapped.
    """
    polls = sorted(poll for master in those for poll in master.polls())
    running: dict[str, str] = {}
    found = set()
    for poll in polls:
        if poll.what == "began":
            if running.get(poll.source, poll.master) != poll.master:
                found.add(poll.source)
            running[poll.source] = poll.master
        elif running.get(poll.source) == poll.master:
            del running[poll.source]
    return sorted(found)


def claims(url: str) -> dict[str, str]:
    """
    Return who holds what, by names.
    """
    rows = run(
        url,
        "SELECT s.name, m.name FROM changesource_masters l JOIN changesources s ON s.id = l.changesourceid"
        " JOIN masters m ON m.id = l.masterid",
    )
    return {str(source): str(master) for source, master in rows}


def marked_active(url: str) -> dict[str, int]:
    """
    Return when each master was last marked active, by its name.
    """
    return {str(name): int(str(at)) for name, at in run(url, "SELECT name, last_active FROM masters")}


def beaten(url: str, those: Sequence[BuildMaster], seconds: float, within: float) -> None:
    """
    Wait until each of these masters was marked active for so many seconds more than now.
    """
    first = marked_active(url)

    def see() -> bool | None:
        now = marked_active(url)
        return all(now[master.name] >= first[master.name] + seconds for master in those) or None

    awaited(see, "heartbeats of all", within)


def forget(url: str) -> None:
    """
    Empty the tables that claims are about.
    """
    run(url, *(f"DELETE FROM {name}" for name in TABLES))


@contextmanager
def alike(folder: Path, count: int, config: Config) -> Iterator[list[BuildMaster]]:
    """
    Give so many masters of one configuration, not started yet.
    """
    with masters(folder, [config] * count) as those:
        yield those
