"""The runner polls what is claimed, and tells what it sees."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Collection, Mapping
from pathlib import Path

from headwater import Commit, Move, Settings, SourceError
from headwater.sources.workplace import Workplace
from tests.conformance.rows import run as sql
from tests.running.ground import cluster, watching
from tests.running.telling import SOON, OwnSource, commit
from tests.sources.repository import Repository

MAIN = "refs/heads/main"


def test_commits_of_a_real_repository(database: str, repository: Repository, tmp_path: Path) -> None:
    """
    What is there at first sight is no change; what comes later is recorded and told.
    """

    async def story() -> list[object]:
        async with cluster(database, tmp_path) as its:
            await its.begin(settings=watching(repository))
            seen = await its.told.next()
            repository.commit("second")
            return [seen, await its.told.next(), len(await its.store.changes())]

    first = repository.parents("main")[0]

    assert [("looked", {MAIN: first}), ("recorded", ["second"]), 1] == asyncio.run(story())


def test_a_source_that_raises(alone: str, tmp_path: Path) -> None:
    """
    What a source raises is told, once while it is the same, and polling goes on.
    """
    looks: list[Exception | dict[str, str]] = [
        SourceError("api", "no such host"),
        SourceError("api", "no such host"),
        ZeroDivisionError("division by zero"),
        {MAIN: "a"},
        SourceError("api", "no such host"),
        {MAIN: "b"},
    ]

    def look() -> Mapping[str, str]:
        seen = looks.pop(0) if len(looks) > 1 else looks[0]
        if isinstance(seen, Exception):
            raise seen
        return seen

    async def story() -> list[object]:
        async with cluster(alone, tmp_path) as its:
            await its.begin(lambda *_: OwnSource(look, "one"))
            return [await its.told.next() for _ in range(6)]

    assert [
        ("failed", "no such host"),
        ("failed", "ZeroDivisionError: division by zero"),
        ("looked", {MAIN: "a"}),
        ("failed", "no such host"),
        ("recorded", ["one"]),
        ("looked", {MAIN: "b"}),
    ] == asyncio.run(story())


def test_a_source_that_cannot_be_made(alone: str, tmp_path: Path) -> None:
    """
    A source that cannot be made is told as a poll that failed, and making it is tried again.
    """
    tries = [SourceError("api", "the URL is empty"), None]

    def make(_settings: Settings, _workplace: Workplace) -> OwnSource:
        if problem := tries.pop(0):
            raise problem
        return OwnSource(lambda: {MAIN: "a"})

    async def story() -> list[object]:
        async with cluster(alone, tmp_path) as its:
            await its.begin(make)
            return [await its.told.next(), await its.told.next()]

    assert [("failed", "the URL is empty"), ("looked", {MAIN: "a"})] == asyncio.run(story())


class Interrupted(OwnSource):
    """
    A source that tells more commits than are staged at once, and then waits for ever.
    """

    def __init__(self) -> None:
        super().__init__(lambda: {MAIN: "b"})
        self.staged = asyncio.Event()

    async def commits(self, _move: Move, _known: Collection[str]) -> AsyncGenerator[Commit]:
        """
        Yield one slice, and one commit of the next.
        """
        for number in range(501):
            yield commit(number, "half")
        self.staged.set()
        await asyncio.Future()


class FailingLate(OwnSource):
    """
    A source that cannot tell all of its commits, three times.
    """

    def __init__(self) -> None:
        super().__init__(lambda: {MAIN: "b"})
        self.failures = 0

    async def commits(self, _move: Move, _known: Collection[str]) -> AsyncGenerator[Commit]:
        """
        Yield one slice and one commit of the next, and fail then, or end.
        """
        for number in range(501):
            yield commit(number, "half")
        if self.failures < 3:
            self.failures += 1
            raise SourceError("api", f"failure {self.failures}")


def test_polls_that_fail_late_leave_nothing_behind(database: str, tmp_path: Path) -> None:
    """
    What failing polls had staged goes away under the same claim, however often they fail; in the end all is told once.
    """

    async def story() -> list[int]:
        async with cluster(database, tmp_path) as its:
            late = FailingLate()
            claim = await its.claim()
            await its.store.baseline(claim.fence, {MAIN: "a"})
            its.runner(lambda *_: late).begin(claim, its.holder)
            await its.told.next("recorded")
            return [late.failures, *(change.commit_count for change in await its.store.changes())]

    assert [3, 501] == asyncio.run(story())
    assert [(501,)] == sql(database, "SELECT count(*) FROM commits")


def test_a_poll_that_was_cancelled_half_way(database: str, tmp_path: Path) -> None:
    """
    What a cancelled poll had staged is in no change and goes away; the next holder tells the whole move once.
    """

    async def story() -> list[object]:
        async with cluster(database, tmp_path) as its:
            half = Interrupted()
            first = await its.claim()
            await its.store.baseline(first.fence, {MAIN: "a"})
            runner = its.runner(lambda *_: half)
            runner.begin(first, its.holder)
            await asyncio.wait_for(half.staged.wait(), SOON)
            await runner.stop()
            await its.begin(lambda *_: OwnSource(lambda: {MAIN: "b"}, "one", "two"))
            await its.told.next("recorded")
            changes = await its.store.changes()
            return [[commit.message for commit in change.commits] for change in changes]

    assert [["one", "two"]] == asyncio.run(story())
    assert [(2,)] == sql(database, "SELECT count(*) FROM commits")
