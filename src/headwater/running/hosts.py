"""The turns of polls at their hosts, and their places on this master."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from urllib.parse import urlsplit

from headwater.errors import SourceError
from headwater.running.gates import Gate, Limits
from headwater.sources.giturl import origin
from headwater.values import Settings

_LONG = 10.0
"""Seconds after which a poll waits for a network, or for much to come: it then keeps no short one out."""

_LONG_AT_ONCE = 4
"""Times as many polls as may run in all, those that take long included."""

OnWait = Callable[[str, str, float], object]
"""Told that a poll waits for its host: the host, its problem, and in how many seconds somebody tries again."""


def host_of(settings: Settings) -> str | None:
    """
    Name the host of a source; None if it is this one, or nobody can tell.

    >>> host_of(Settings(kind="git", url="git@git.example:api.git"))
    'ssh://git.example'
    """
    try:
        if settings.kind == "git":
            return origin(settings.url)
        split = urlsplit(settings.url)
    except ValueError:
        return None
    return f"{split.scheme}://{split.netloc.rpartition('@')[2]}" if split.scheme and split.netloc else None


class Hosts:
    """
    Sees to it that no host is asked too much at once, and that one that is away keeps nobody from the others.

    A poll that waits for its host takes no place on this master. Sources without a host wait for a place only.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._hosts: dict[str, _Host] = {}
        self._short = asyncio.Semaphore(limits.in_flight)
        self._all = asyncio.Semaphore(limits.in_flight * _LONG_AT_ONCE)

    @asynccontextmanager
    async def turn(
        self, name: str | None, *, unless: asyncio.Future[None], is_urgent: bool, on_wait: OnWait
    ) -> AsyncIterator[bool]:
        """
        Wait for a turn, and give it up again in the end; what the block raises tells how the host is.

        Args:
            name: of the host; None for none.
            unless: ends the wait; then what is yielded is False, and the block must not do anything.
            is_urgent: somebody waits for this poll: it comes before the others.
            on_wait: told if the host is away.
        """
        if name is None:
            async with self._place():
                yield True
            return
        host = self._hosts.setdefault(name, _Host(name, self._limits))
        if not await host.enter(unless, is_urgent=is_urgent, on_wait=on_wait):
            yield False
            return
        with host.judging():
            async with self._place():
                yield True

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[None]:
        async with self._all:
            await self._short.acquire()
            release = _once(self._short.release)
            making_room = asyncio.get_running_loop().call_later(_LONG, release)
            try:
                yield
            finally:
                making_room.cancel()
                release()


class _Host:
    """
    Who waits for a host, in the order in which they came; those first whom somebody waits for.
    """

    def __init__(self, name: str, limits: Limits) -> None:
        self._name = name
        self._gate = Gate(limits)
        self._urgent: dict[asyncio.Future[None], OnWait] = {}
        self._waiting: dict[asyncio.Future[None], OnWait] = {}
        self._admitting: asyncio.TimerHandle | None = None

    async def enter(self, unless: asyncio.Future[None], *, is_urgent: bool, on_wait: OnWait) -> bool:
        """
        Wait for a turn, which `judging` ends; False if the wait was ended before.
        """
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        (self._urgent if is_urgent else self._waiting)[turn] = on_wait
        self._admit()
        if self._gate.is_shut and not turn.done():
            self._tell(on_wait)
        is_taken = False
        try:
            await asyncio.wait([turn, unless], return_when=asyncio.FIRST_COMPLETED)
            is_taken = turn.done()
        finally:
            self._urgent.pop(turn, None)
            self._waiting.pop(turn, None)
            # It may have come in the moment in which the wait was cancelled.
            if turn.done() and not is_taken:
                self._leave()
        return is_taken

    @contextmanager
    def judging(self) -> Iterator[None]:
        """
        Take the end of the block as the end of a poll, and its outcome as a sign of how the host is.
        """
        try:
            yield
        except SourceError as error:
            if error.is_hosts:
                self._fail(error.problem)
            raise
        else:
            self._gate.succeed()
        finally:
            self._leave()

    def _leave(self) -> None:
        self._gate.end()
        self._admit()

    def _fail(self, problem: str) -> None:
        self._gate.fail(problem, _now())
        if self._gate.is_shut:
            for on_wait in (*self._urgent.values(), *self._waiting.values()):
                self._tell(on_wait)

    def _tell(self, on_wait: OnWait) -> None:
        on_wait(self._name, self._gate.problem, max(self._gate.tries_at - _now(), 0))

    def _admit(self) -> None:
        """
        Let begin who may, and come back when the next one may.
        """
        if self._admitting is not None:
            self._admitting.cancel()
            self._admitting = None
        while queue := self._urgent or self._waiting:
            opens_at = self._gate.opens_at(is_urgent=queue is self._urgent)
            if opens_at is None:
                return
            if opens_at > _now():
                self._admitting = asyncio.get_running_loop().call_at(opens_at, self._admit)
                return
            turn = next(iter(queue))
            del queue[turn]
            self._gate.begin(_now())
            turn.set_result(None)


def _now() -> float:
    return asyncio.get_running_loop().time()


def _once(function: Callable[[], object]) -> Callable[[], None]:
    calls = iter([function])

    def call() -> None:
        for one in calls:
            one()

    return call
