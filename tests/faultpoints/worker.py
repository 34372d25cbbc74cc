"""One master, in a process of its own: joins, claims, polls, and kills itself where it is told to."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from headwater import AsyncStore, SourceError
from headwater.clock import boot_seconds
from headwater.cluster.claim import Claim
from headwater.cluster.lease import Lease
from headwater.running import poll as polling
from headwater.running.poll import Poller
from headwater.sources import child
from headwater.sources.git import GitSource
from headwater.sources.workplace import Workplace
from headwater.store.session import Session
from headwater.values import Brief, Fence, Watched
from tests.faultpoints.points import Point

_SLICE = 8
"""Commits that are staged at once: a poll of a hundred is to have many slices."""

_TRIES = 20
_REST = 0.1


class Events:
    """
    Counts what a poll does to the world around it, and kills this process at one point of it.
    """

    def __init__(self, death: Point | None) -> None:
        self.names: list[str] = []
        self._death = death

    @contextmanager
    def event(self, name: str) -> Iterator[None]:
        """
        Count what happens in the block.
        """
        self.names.append(name)
        number = len(self.names)
        self._die_at(number, "before")
        yield
        self._die_at(number, "after")

    def _die_at(self, number: int, side: str) -> None:
        if self._death is not None and (number, side) == self._death[:2]:
            os.kill(os.getpid(), signal.SIGKILL)


def poll_once(url: str, source: str, cache: Path, death: Point | None = None) -> list[str]:
    """
    Join, claim and poll; return the events of that if nobody died.

    Call it in a process that has nothing else to do: every statement and every git is watched from now on.
    """
    polling._SLICE = _SLICE
    return asyncio.run(_poll_once(url, source, cache, Events(death)))


def carry_on(url: str, source: str, cache: Path) -> int:
    """
    Poll after a death, as whoever expires the dead does; return how many polls that took.
    """
    polling._SLICE = _SLICE
    return asyncio.run(_carry_on(url, source, cache))


async def _poll_once(url: str, source: str, cache: Path, events: Events) -> list[str]:
    async with AsyncStore(url) as store:
        _watch_statements(events)
        _watch_git(events)
        poller = await _claimed(store, source, cache)
        await poller.poll(await poller.brief())
        return list(events.names)


async def _carry_on(url: str, source: str, cache: Path) -> int:
    async with AsyncStore(url) as store:
        for master in await store.masters():
            if master.active:
                await store.expire(master, beat=1)
        poller = await _claimed(store, source, cache)
        for number in range(1, _TRIES):
            try:
                await poller.poll(await poller.brief())
            except SourceError:
                # The git that the dead one left behind may still be at work in the same cache.
                await asyncio.sleep(_REST)
            else:
                return number
        await poller.poll(await poller.brief())
        return _TRIES


async def _claimed(store: AsyncStore, source: str, cache: Path) -> Poller:
    master = await store.join("ci")
    id_ = (await store.find([source]))[source]
    token = (await store.claim([id_], master))[id_]
    brief = await store.brief(id_)
    assert token is not None
    assert brief is not None
    lease = Lease(3600, boot_seconds)
    lease.confirm(boot_seconds())
    fence = Fence(source=id_, master=master.id, token=token, name=master.name)
    claim = Claim(source, fence, lease, Watched(id=id_, name=source, settings=brief.settings))

    def make(brief: Brief) -> GitSource:
        return GitSource(brief.settings, Workplace(name=brief.name, cache=cache))

    return Poller(claim, store, make=make, on_change=lambda _: None)


def _watch_statements(events: Events) -> None:
    once = Session._once

    def watched(self: Session, sql: str, values: dict[str, Any] | None) -> tuple[list[tuple[Any, ...]], int]:
        if sql == self._forget_plans:
            # Comes once a second: it has no place in the count.
            return once(self, sql, values)
        with events.event(" ".join(sql.split())[:60]):
            return once(self, sql, values)

    Session._once = watched  # type: ignore[method-assign] # where every statement passes, right before the driver


def _watch_git(events: Events) -> None:
    verbs: dict[int, str] = {}
    start, end = child._start, child._end

    async def watched_start(command: Sequence[str], **options: Any) -> Any:  # noqa: ANN401 - as it is
        with events.event(f"{_verb(command)} starts"):
            process = await start(command, **options)
        verbs[process.pid] = _verb(command)
        return process

    async def watched_end(process: Any) -> None:  # noqa: ANN401 - as it is
        with events.event(f"{verbs[process.pid]} ends"):
            await end(process)

    child._start, child._end = watched_start, watched_end


def _verb(command: Sequence[str]) -> str:
    """
    Say what a git is started for: the first word after the options, and after what belongs to them.
    """
    words = iter(command[1:])
    for word in words:
        if word == "-c":
            next(words)
        elif not word.startswith("-"):
            return f"git {word}"
    return "git"
