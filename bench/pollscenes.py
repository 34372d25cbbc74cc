"""Scenes in which a poller may lose, double or flood: what was pushed, and what of it each side has recorded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import msgspec

from bench.pollsteering import poller, recorded
from bench.pushes import LATIN_1, Repository

_KILLS = (0.2, 0.4, 0.6)
"""When a process is killed: at these parts of the time that it needs for the same push when nobody kills it."""


class Tally(msgspec.Struct, frozen=True):
    """
    What became of commits.
    """

    pushed: int
    lost: int
    doubled: int
    flooded: int
    """Recorded as new, though they were there before anybody looked for the first time."""
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Stage:
    """
    Where a scene is played by one side.
    """

    side: str
    database: Callable[[], str]
    """Makes an empty one."""
    folder: Path


def tally(pushed: Sequence[str], told: Sequence[str], note: str = "") -> Tally:
    """
    Compare what was pushed with what was recorded.

    >>> tally(["a", "b", "c"], ["b", "c", "c", "x"])
    Tally(pushed=3, lost=1, doubled=1, flooded=1, note='')
    """
    times = Counter(told)
    new = set(pushed)
    return Tally(
        pushed=len(pushed),
        lost=sum(1 for oid in new if oid not in times),
        doubled=sum(count - 1 for count in times.values()),
        flooded=sum(1 for oid in times if oid not in new),
        note=note,
    )


def latin_1(stage: Stage) -> Tally:
    """
    Push 21 commits, the eleventh by an author who is not written in UTF-8, and one more after the next poll.
    """
    repository, database = _begun(stage, 20)
    with poller(stage.side, database=database, folder=stage.folder / "host", url=str(repository.path)) as one:
        one.poll()
        pushed = repository.push(21, authors={10: LATIN_1})
        one.poll(2)
        pushed += repository.push(1)
        one.poll()
    return tally(pushed, recorded(stage.side, database))


def killed(stage: Stage) -> Tally:
    """
    Push 100 commits, kill the process in the middle of recording them, start it again; three times.
    """
    repository, database = _begun(stage, 20)
    started = partial(poller, stage.side, database=database, folder=stage.folder / "host", url=str(repository.path))
    with started() as one:
        one.poll()
        pushed = repository.push(100)
        seconds = one.poll().seconds
    in_time = 0
    for part in _KILLS:
        with started() as one:
            pushed += repository.push(100)
            in_time += one.poll_and_kill(part * seconds)
        with started() as one:
            one.poll(2)
    return tally(pushed, recorded(stage.side, database), f"{in_time} of {len(_KILLS)} kills in mid-batch")


def failover(stage: Stage) -> Tally:
    """
    Rewrite the last ten of 60 commits as five others, and poll from a host that has no cache.
    """
    return _rewritten(stage)


def failover_forgotten(stage: Stage) -> Tally:
    """
    Rewrite them likewise, but let the repository's host throw away the old ones, so that nobody can tell what is new.
    """
    return _rewritten(stage, is_forgotten=True)


def first_push(stage: Stage) -> Tally:
    """
    Push ten commits to a repository that was empty when it was first looked at, and three more later.
    """
    repository, database = _begun(stage, 0)
    with poller(stage.side, database=database, folder=stage.folder / "host", url=str(repository.path)) as one:
        one.poll()
        pushed = repository.push(10)
        one.poll()
        pushed += repository.push(3)
        one.poll()
    return tally(pushed, recorded(stage.side, database))


SCENES: dict[str, Callable[[Stage], Tally]] = {
    "a Latin-1 author in mid-push": latin_1,
    "kill -9 in mid-batch, restart": killed,
    "failover after a force-push": failover,
    "the same, and the old commits are gone": failover_forgotten,
    "first push to an empty repository": first_push,
}


def _begun(stage: Stage, count: int) -> tuple[Repository, str]:
    repository = Repository(stage.folder / "repository.git")
    if count:
        repository.push(count)
    return repository, stage.database()


def _rewritten(stage: Stage, *, is_forgotten: bool = False) -> Tally:
    repository, database = _begun(stage, 60)
    started = partial(poller, stage.side, database=database, url=str(repository.path))
    with started(folder=stage.folder / "old-host") as one:
        one.poll()
    pushed = repository.push(5, on=repository.git("rev-parse", "main~10"))
    if is_forgotten:
        repository.forget()
    with started(folder=stage.folder / "new-host") as one:
        one.poll(2)
    return tally(pushed, recorded(stage.side, database))
