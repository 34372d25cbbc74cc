"""A store, and masters in this process that claim and run its sources."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from headwater import AsyncStore, Settings, Store, Timing, Watched
from headwater.clock import boot_seconds
from headwater.cluster.claim import Claim
from headwater.cluster.engine import Engine
from headwater.cluster.lease import Lease
from headwater.running.gates import Limits
from headwater.running.runner import Runner
from headwater.sources.git import GitSource
from headwater.sources.kinds import Factory
from headwater.sources.workplace import Workplace
from headwater.values import Condition, Edited, Fence
from tests.running.telling import SOON, Told, ToldHolder
from tests.sources.repository import Repository

INTERVAL = 0.02
"""Seconds between two polls."""

GIT: Mapping[str, Factory] = {"git": GitSource}

CALM = Timing(heartbeat=0.05, quiet=0.3, unclaimed=0.3)
"""Quick to claim and to share, and slow to give up."""


def watching(repository: Repository, *, poll: float = INTERVAL) -> Settings:
    """
    Make the settings of a source that watches a repository.
    """
    return Settings(kind="git", url=str(repository.path), poll=poll)


class HeardStore(AsyncStore):
    """
    A store that tells whenever it was asked what was edited, and whether it could say.
    """

    def __init__(self, database: str) -> None:
        super().__init__(database)
        self.asked: asyncio.Queue[bool] = asyncio.Queue()

    async def edited(self, after: int) -> Edited:
        """
        Ask as any store does.
        """
        is_answered = False
        try:
            answer = await super().edited(after)
            is_answered = True
        finally:
            self.asked.put_nowait(is_answered)
        return answer

    async def was_asked(self, *, in_vain: bool = False) -> None:
        """
        Wait until it was asked, and could say; or could not.
        """
        while await asyncio.wait_for(self.asked.get(), SOON) is in_vain:
            pass


@asynccontextmanager
async def cluster(database: str, folder: Path) -> AsyncIterator[Cluster]:
    """
    Open a store on a database, and stop in the end what runs on it.

    Args:
        database: its URL.
        folder: for the caches of sources.
    """
    async with HeardStore(database) as store, AsyncExitStack() as exits:
        yield Cluster(database, store, exits, folder)


class Cluster:
    """
    A store, and masters in this process that claim and run its sources, of which one is called api.
    """

    def __init__(self, database: str, store: HeardStore, exits: AsyncExitStack, folder: Path) -> None:
        self.store = store
        self._database = database
        self.told = Told()
        self.holder = ToldHolder(self.told)
        self.lease = Lease(3600, boot_seconds)
        self.lease.confirm(boot_seconds())
        self._exits = exits
        self._folder = folder

    async def claim(self, settings: Settings | None = None, *, name: str = "api") -> Claim:
        """
        Claim a source for a new master, whoever holds it; it keeps the settings that it has.
        """
        settings = settings or Settings(kind="own", url="api", poll=INTERVAL)
        id_ = (await self.store.register([name]))[name]
        await self.store.configure(id_, settings)
        await self.store.force_release([id_])
        master = await self.store.join("ci-a")
        token = (await self.store.claim([id_], master))[id_]
        assert token is not None
        fence = Fence(source=id_, master=master.id, token=token, name=master.name)
        return Claim(name, fence, self.lease, Watched(id=id_, name=name, settings=settings))

    def runner(self, make: Factory | None = None, *, limits: Limits | None = None, timeout: float = 60.0) -> Runner:
        """
        Make a runner, which is stopped in the end.

        Args:
            make: makes the sources of kind ``own``.
            limits: how much it does at once.
            timeout: seconds for which git may be silent.
        """
        kinds = GIT if make is None else {**GIT, "own": make}
        place = Workplace(name="", cache=self._folder / "cache", timeout=timeout)
        runner = Runner(self.store, kinds=kinds, workplace=place, listener=self.told, limits=limits)
        self._exits.push_async_callback(runner.stop)
        return runner

    async def begin(self, make: Factory | None = None, *, settings: Settings | None = None) -> Claim:
        """
        Claim a source, and run it on a runner of its own; return the claim.
        """
        claim = await self.claim(settings)
        self.runner(make).begin(claim, self.holder)
        return claim

    async def master(self, runner: Runner, *, name: str = "ci-a") -> Engine:
        """
        Begin to claim whatever is free, and to run it on a runner; all is given back in the end.
        """
        loop = asyncio.get_running_loop()
        store = await asyncio.to_thread(Store, self._database)
        engine = Engine(
            store,
            name=name,
            kinds=["git", "own"],
            timing=CALM,
            on_gain=lambda claim: loop.call_soon_threadsafe(runner.begin, claim, engine),
            on_lose=lambda claim, why: loop.call_soon_threadsafe(runner.end, claim, why),
        )

        async def end() -> None:
            await runner.stop()
            await asyncio.to_thread(engine.stop)
            await asyncio.to_thread(store.close)

        await asyncio.to_thread(engine.start)
        self._exits.push_async_callback(end)
        return engine

    def beside(self, work: Coroutine[Any, Any, None]) -> None:
        """
        Have something done until the end.
        """
        task = asyncio.create_task(work)

        async def end() -> None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

        self._exits.push_async_callback(end)

    async def condition(self, source: int, is_it: Callable[[Condition], bool]) -> Condition:
        """
        Wait until the condition of a source is as it should be.
        """
        async with asyncio.timeout(SOON):
            while True:
                condition = await self.store.condition(source)
                if condition is not None and is_it(condition):
                    return condition
                await asyncio.sleep(0.02)
