"""What a runner tells its listener and the holder, awaited; and sources that do what a test says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence

from headwater import Change, Commit, Move, Watched
from headwater.cluster.claim import Claim

SOON = 60.0
"""Seconds until what must come has to be there, on the slowest machine."""

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

    def progress(self, _watched: Watched, text: str) -> None:
        """
        Take how far a poll has come.
        """
        self.tell("progress", text)


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
    return Commit(
        oid=f"{number:040}",
        parents=(),
        author="Ana",
        author_email="",
        authored_at=0,
        committer="Bo",
        committer_email="",
        committed_at=0,
        message=message,
    )
