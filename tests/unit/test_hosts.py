"""The turns of polls: a host that is away holds up nobody but who wants to go there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from headwater.errors import RepositoryNotFoundError, SourceError, UnreachableError
from headwater.running import hosts
from headwater.running.gates import Limits
from headwater.running.hosts import Hosts, host_of
from headwater.values import Settings

SOON = 60.0
QUICK = Limits(in_flight=4, per_host=2, rate=10_000)


class Crowd:
    """
    Polls that wait for their turns, and what they were told meanwhile.
    """

    def __init__(self, limits: Limits = QUICK) -> None:
        self.hosts = Hosts(limits)
        self.told: list[str] = []
        self.never: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._tasks: list[asyncio.Task[bool]] = []

    def poll(
        self,
        host: str | None,
        ends: asyncio.Event | None = None,
        *,
        error: Exception | None = None,
        unless: asyncio.Future[None] | None = None,
        is_urgent: bool = False,
    ) -> asyncio.Task[bool]:
        """
        Begin a poll, which lasts until an event and then ends well or with an error; it tells whether it had a turn.
        """
        turn = self.hosts.turn(
            host,
            unless=unless or self.never,
            is_urgent=is_urgent,
            on_wait=lambda name, problem, _seconds: self.told.append(f"{name}: {problem}"),
        )

        async def poll() -> bool:
            async with turn as is_ours:
                if is_ours and ends is not None:
                    await ends.wait()
                if is_ours and error is not None:
                    raise error
                return is_ours

        task = asyncio.create_task(poll())
        self._tasks.append(task)
        return task

    async def end(self) -> None:
        """
        End every poll.
        """
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def shut(self, host: str) -> None:
        """
        Have a host fail until its sources wait for it, for minutes.
        """
        for _ in range(9):
            with pytest.raises(UnreachableError):
                await self.poll(host, error=UnreachableError("api", "no route"), is_urgent=True)


@asynccontextmanager
async def crowd(limits: Limits = QUICK) -> AsyncIterator[Crowd]:
    """
    Make a crowd that is ended in the end.
    """
    its = Crowd(limits)
    try:
        async with asyncio.timeout(SOON):
            yield its
    finally:
        await its.end()


async def settled() -> None:
    """
    Let everybody go as far as possible without time passing.
    """
    for _ in range(20):
        await asyncio.sleep(0)


def test_hosts_by_name() -> None:
    """
    A source's host is its URL's with protocol and port, whoever logs in there; a path has none.
    """
    urls = ["https://git.example/a.git", "git@git.example:a.git", "/srv/a.git", "https://git.example:x/a.git"]

    assert ["https://git.example", "ssh://git.example", None, None] == [
        host_of(Settings(kind="git", url=url)) for url in urls
    ]
    assert ["s3://files.example:9000", None, None] == [
        host_of(Settings(kind="own", url=url)) for url in ("s3://ci@files.example:9000/a", "counter", "a://[")
    ]


def test_a_host_that_hangs_delays_nobody_else() -> None:
    """
    Of many polls of a host that hangs only a few run, and the others take no place from who goes elsewhere.
    """

    async def story() -> list[bool]:
        async with crowd() as its:
            hanging = [its.poll("dead", asyncio.Event()) for _ in range(50)]
            await settled()
            others = [await its.poll(f"alive-{number}") for number in range(10)]
            return [*others, any(task.done() for task in hanging)]

    assert [True] * 10 + [False] == asyncio.run(story())


def test_more_hosts_that_hang_than_there_are_places(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Polls that last give their places up to others, though they go on.
    """
    monkeypatch.setattr(hosts, "_LONG", 0.05)

    async def story() -> tuple[bool, list[bool]]:
        async with crowd() as its:
            ends = asyncio.Event()
            hanging = [its.poll(f"dead-{number}", ends) for number in range(6)]
            elsewhere = await its.poll("alive")
            ends.set()
            return elsewhere, await asyncio.gather(*hanging)

    assert (True, [True] * 6) == asyncio.run(story())


def test_places_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A poll gives its one place up once, whether it lasted or not: there are never more than there were.
    """
    monkeypatch.setattr(hosts, "_LONG", 0.02)

    async def story() -> int:
        async with crowd() as its:
            for _ in range(3):
                lasting = [its.poll(None, asyncio.Event()) for _ in range(4)]
                await its.poll(None)
                await its.end()
                assert all(task.cancelled() for task in lasting)
            monkeypatch.setattr(hosts, "_LONG", SOON)
            running = [its.poll(None, asyncio.Event()) for _ in range(4)]
            waiting = its.poll(None)
            await settled()
            return sum(task.done() for task in (*running, waiting))

    assert 0 == asyncio.run(story())


def test_who_waits_for_a_host_that_is_away_is_told() -> None:
    """
    After three failures in a row all who wait for the host are told, and who comes later too.
    """

    async def story() -> list[str]:
        async with crowd(Limits(in_flight=4, per_host=1, rate=10_000)) as its:
            ends = asyncio.Event()
            for _ in range(3):
                its.poll("dead", ends, error=UnreachableError("api", "no route"))
            before = its.poll("dead")
            ends.set()
            await settled()
            await asyncio.sleep(0.01)
            after = its.poll("dead")
            await settled()
            return [*its.told, str(before.done() or after.done())]

    assert ["dead: no route", "dead: no route", "False"] == asyncio.run(story())


def test_the_host_is_back() -> None:
    """
    When somebody who is waited for finds the host back, all who wait for it go on.
    """

    async def story() -> list[bool]:
        async with crowd() as its:
            await its.shut("dead")
            waiting = [its.poll("dead") for _ in range(10)]
            await settled()
            patient = any(task.done() for task in waiting)
            await its.poll("dead", is_urgent=True)
            return [patient, *await asyncio.gather(*waiting)]

    assert [False] + [True] * 10 == asyncio.run(story())


def test_other_problems_say_nothing_of_the_host() -> None:
    """
    A repository that is not there, or a poll that is cancelled, does not make its host wait.
    """

    async def story() -> list[str]:
        async with crowd() as its:
            for error in (RepositoryNotFoundError("api", "gone"), SourceError("api", "odd"), KeyError("x")) * 3:
                with pytest.raises(type(error)):
                    await its.poll("alive", error=error)
            for _ in range(5):
                hanging = its.poll("alive", asyncio.Event())
                await settled()
                hanging.cancel()
            await its.poll("alive")
            return its.told

    assert [] == asyncio.run(story())


def test_a_wait_that_is_ended() -> None:
    """
    Who is told that something has changed waits no longer, and has had no turn.
    """

    async def story() -> list[bool]:
        async with crowd() as its:
            await its.shut("dead")
            changed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            waiting = its.poll("dead", unless=changed)
            await settled()
            changed.set_result(None)
            return [await waiting, await its.poll("dead", is_urgent=True)]

    assert [False, True] == asyncio.run(story())


def test_who_is_waited_for_goes_first() -> None:
    """
    A check that somebody asked for comes before those that wait already.
    """

    async def story() -> list[bool]:
        async with crowd(Limits(in_flight=4, per_host=1, rate=10_000)) as its:
            ends, never = asyncio.Event(), asyncio.Event()
            its.poll("busy", ends)
            waiting = [its.poll("busy", never) for _ in range(3)]
            await settled()
            urgent = its.poll("busy", is_urgent=True)
            await settled()
            ends.set()
            await urgent
            return [task.done() for task in waiting]

    assert [False, False, False] == asyncio.run(story())


@pytest.mark.parametrize("moment", range(6))
def test_a_turn_that_comes_when_nobody_wants_it(moment: int) -> None:
    """
    Whenever a wait is cancelled, also in the moment in which its turn comes, nobody else misses anything by it.
    """

    async def story() -> bool:
        async with crowd(Limits(in_flight=1, per_host=1, rate=10_000)) as its:
            ends = asyncio.Event()
            its.poll("busy", ends)
            await settled()
            unlucky = its.poll("busy")
            await settled()
            ends.set()
            for _ in range(moment):
                await asyncio.sleep(0)
            unlucky.cancel()
            return await its.poll("busy")

    assert asyncio.run(story())


def test_so_many_a_second() -> None:
    """
    Polls of a host begin one after the other as its rate says, however many wait.
    """

    async def story() -> float:
        async with crowd(Limits(in_flight=4, per_host=4, rate=50)) as its:
            began = asyncio.get_running_loop().time()
            await asyncio.gather(*[its.poll("busy") for _ in range(11)])
            return asyncio.get_running_loop().time() - began

    # Never quicker; how much slower is the machine's affair.
    assert asyncio.run(story()) >= 0.2 - 0.01
