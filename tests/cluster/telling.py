"""What a runner tells its listener, awaited; and sources that do what a test says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence
from contextlib import AsyncExitStack

from headwater import AsyncStore, Change, Commit, Move, Settings, Watched
from headwater.cluster.engine import Claim
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
    A listener of a runner, and whom it tells that a claim is lost.
    """

    def __init__(self) -> None:
        self._news: asyncio.Queue[News] = asyncio.Queue()

    async def next(self) -> News:
        """
        Wait for the next thing that is told.
        """
        return await asyncio.wait_for(self._news.get(), SOON)

    def recorded(self, change: Change) -> None:
        """
        Take a change.
        """
        self._news.put_nowait(("recorded", [commit.message for commit in change.commits]))

    def looked(self, _watched: Watched, refs: dict[str, str]) -> None:
        """
        Take what was seen.
        """
        self._news.put_nowait(("looked", refs))

    def failed(self, _watched: Watched, problem: str) -> None:
        """
        Take a problem.
        """
        self._news.put_nowait(("failed", problem))

    def lost(self, watched: Watched) -> None:
        """
        Take note that a source is not run any more.
        """
        self._news.put_nowait(("lost", watched.name))

    def engine_is_told(self, claim: Claim) -> None:
        """
        Take the claim that was lost, as the engine does.
        """
        self._news.put_nowait(("engine", claim.fence.token))


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


def commit(number: int, message: str) -> Commit:
    """
    Make a commit.
    """
    people = {"author": "Ana", "author_email": "", "committer": "Bo", "committer_email": ""}
    return Commit(oid=f"{number:040}", parents=(), authored_at=0, committed_at=0, message=message, **people)


class Cluster:
    """
    A store, and masters in this process that claim and run its only source.
    """

    def __init__(self, store: AsyncStore, exits: AsyncExitStack, url: str) -> None:
        self.store = store
        self.told = Told()
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
        return Claim(
            Watched(id=id_, name="api", settings=settings),
            Fence(source=id_, master=master.id, token=token, name=master.name),
        )

    def runner(self, make: Callable[[Watched], ChangeSource]) -> Runner:
        """
        Make a runner, which is stopped in the end.
        """
        runner = Runner(self.store, make=make, interval=INTERVAL, listener=self.told, on_lost=self.told.engine_is_told)
        self._exits.push_async_callback(runner.stop)
        return runner
