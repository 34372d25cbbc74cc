"""What a runner tells its listener and the holder, awaited; and sources that do what a test says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from headwater import AsyncStore, Change, Commit, Move, Settings, Watched
from headwater.clock import boot_seconds
from headwater.cluster.claim import Claim
from headwater.cluster.lease import Lease
from headwater.runner import Runner
from headwater.sources.base import ChangeSource
from headwater.values import Fence

SOON = 20.0
"""Seconds until what must come has to be there, on the slowest machine."""

INTERVAL = 0.02
"""Seconds between two polls."""

News = tuple[str, object]


class Told:
    """
    A listener of a runner.
    """

    def __init__(self) -> None:
        self._news: asyncio.Queue[News] = asyncio.Queue()

    async def next(self, *whats: str) -> News:
        """
        Wait for the next thing that is told; or for the next of these, and let the others pass.
        """
        while True:
            news = await asyncio.wait_for(self._news.get(), SOON)
            if not whats or news[0] in whats:
                return news

    def tell(self, what: str, of: object) -> None:
        """
        Take anything.
        """
        self._news.put_nowait((what, of))

    def recorded(self, change: Change) -> None:
        """
        Take a change.
        """
        self.tell("recorded", [commit.message for commit in change.commits])

    def looked(self, _watched: Watched, refs: dict[str, str]) -> None:
        """
        Take what was seen.
        """
        self.tell("looked", refs)

    def failed(self, _watched: Watched, problem: str) -> None:
        """
        Take a problem.
        """
        self.tell("failed", problem)

    def lost(self, _watched: Watched, why: str) -> None:
        """
        Take note that a source is not run any more.
        """
        self.tell("lost", why)


class ToldHolder:
    """
    Who holds the claims that a runner runs; what it is told comes in one row with what the listener is told.
    """

    def __init__(self, told: Told) -> None:
        self._told = told

    def alive(self) -> None:
        """
        Take note that the loop is not stuck.
        """
        self._told.tell("alive", None)

    def stopped(self, claim: Claim) -> None:
        """
        Take a claim under which nothing runs any more.
        """
        self._told.tell("stopped", claim)

    def lost(self, claim: Claim) -> None:
        """
        Take a claim that the database refused.
        """
        self._told.tell("refused", claim)


class OwnSource:
    """
    A source of a user's own: what it sees is said by a function, and every move brings the same commits.
    """

    def __init__(self, look: Callable[[], Mapping[str, str]], *messages: str) -> None:
        self._look = look
        self._messages = messages

    async def look(self) -> Mapping[str, str]:
        """
        See what the test says, or raise what it raises.
        """
        return self._look()

    async def fetch(self, moves: Sequence[Move], _known: Collection[str]) -> Sequence[Move]:
        """
        Fetch nothing.
        """
        return moves

    async def commits(self, _move: Move, _known: Collection[str]) -> AsyncGenerator[Commit]:
        """
        Yield a commit for each message.
        """
        for number, message in enumerate(self._messages):
            yield commit(number, message)


class SlowToEnd(OwnSource):
    """
    A source whose look goes on until it is cancelled, and then a little longer.

    Args:
        told: of the beginning and the end of each look.
    """

    def __init__(self, told: Told) -> None:
        super().__init__(dict)
        self._told = told

    async def look(self) -> Mapping[str, str]:
        """
        Tell of the beginning and the end of it.
        """
        self._told.tell("begun", None)
        try:
            return await asyncio.Future()
        finally:
            for _ in range(100):
                await asyncio.sleep(0)
            self._told.tell("ended", None)


def commit(number: int, message: str) -> Commit:
    """
    Make a commit.
    """
    people = {"author": "Ana", "author_email": "", "committer": "Bo", "committer_email": ""}
    return Commit(oid=f"{number:040}", parents=(), authored_at=0, committed_at=0, message=message, **people)


@asynccontextmanager
async def cluster(database: str, url: str = "api.git") -> AsyncIterator[Cluster]:
    """
    Open a store on a database, and stop in the end what runs on it.
    """
    async with AsyncStore(database) as store, AsyncExitStack() as exits:
        yield Cluster(store, exits, url)


class Cluster:
    """
    A store, and masters in this process that claim and run its only source.
    """

    def __init__(self, store: AsyncStore, exits: AsyncExitStack, url: str) -> None:
        self.store = store
        self.told = Told()
        self.holder = ToldHolder(self.told)
        self.lease = Lease(3600, boot_seconds)
        self.lease.confirm(boot_seconds())
        self._exits = exits
        self._url = url

    async def claim(self) -> Claim:
        """
        Claim the source for a new master, whoever holds it.
        """
        settings = Settings(kind="git", url=self._url)
        id_ = (await self.store.register(["api"]))["api"]
        await self.store.configure(id_, settings)
        await self.store.force_release([id_])
        master = await self.store.join("ci-a")
        token = (await self.store.claim([id_], master))[id_]
        assert token is not None
        fence = Fence(source=id_, master=master.id, token=token, name=master.name)
        return Claim("api", fence, self.lease, Watched(id=id_, name="api", settings=settings))

    def runner(self, make: Callable[[Watched], ChangeSource]) -> Runner:
        """
        Make a runner, which is stopped in the end.
        """
        runner = Runner(self.store, make=make, interval=INTERVAL, listener=self.told)
        self._exits.push_async_callback(runner.stop)
        return runner

    async def begin(self, make: Callable[[Watched], ChangeSource]) -> Claim:
        """
        Claim the source, and run it on a runner of its own; return the claim.
        """
        claim = await self.claim()
        self.runner(make).begin(claim, self.holder)
        return claim
