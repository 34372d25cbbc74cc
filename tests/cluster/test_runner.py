"""The runner polls what is claimed, tells what it sees, and leaves nothing running."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from headwater import AsyncStore, Change, Commit, Move, SourceError, Watched
from headwater.cluster.engine import Claim
from headwater.sources.git import GitSource
from tests.cluster.telling import SOON, Cluster, News, OwnSource, commit
from tests.conformance.rows import run as sql
from tests.sources.repository import Repository

MAIN = "refs/heads/main"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """
    A repository with one commit.
    """
    repository = Repository(tmp_path / "api.git")
    repository.commit("first")
    return repository


@pytest.fixture
def alone(tmp_path: Path) -> str:
    """
    The URL of a database for what is the same on each.
    """
    return f"sqlite:///{tmp_path}/headwater.db"


@asynccontextmanager
async def cluster(database: str, url: str = "api.git") -> AsyncIterator[Cluster]:
    """
    Open a store on a database, and stop in the end what runs on it.
    """
    async with AsyncStore(database) as store, AsyncExitStack() as exits:
        yield Cluster(store, exits, url)


def test_commits_of_a_real_repository(database: str, repository: Repository, tmp_path: Path) -> None:
    """
    What is there at first sight is no change; what comes later is recorded and told.
    """

    async def story() -> list[object]:
        async with cluster(database, str(repository.path)) as its:
            its.runner(lambda watched: GitSource(watched.settings.url, cache=tmp_path)).begin(await its.claim())
            seen = await its.told.next()
            repository.commit("second")
            return [seen, await its.told.next(), len(await its.store.changes())]

    first = repository.parents("main")[0]

    assert [("looked", {MAIN: first}), ("recorded", ["second"]), 1] == asyncio.run(story())


def test_a_stopped_poll_leaves_no_process(alone: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    When a runner has stopped, git and all its helpers are gone, though they were in the middle of it.
    """
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    git = tmp_path / "bin" / "git"
    git.parent.mkdir()
    # Both hold the pipe open for as long as they live.
    git.write_text(f"#!/bin/sh\nexec 3>{pipe}\nsleep 1000 &\necho begun >&3\nwait\n")
    git.chmod(0o755)
    monkeypatch.setenv("PATH", f"{git.parent}{os.pathsep}{os.environ['PATH']}")

    async def story() -> tuple[str, str]:
        async with cluster(alone) as its:
            runner = its.runner(lambda watched: GitSource(watched.settings.url, cache=tmp_path))
            runner.begin(await its.claim())
            with await asyncio.to_thread(pipe.open) as living:
                begun = await asyncio.to_thread(living.readline)
                await runner.stop()
                return begun, await asyncio.wait_for(asyncio.to_thread(living.read), SOON)

    assert ("begun\n", "") == asyncio.run(story())


def test_a_claim_that_has_ended(database: str, repository: Repository, tmp_path: Path) -> None:
    """
    A recording that comes after the claim has ended is refused; the source is not run on, and all are told.
    """

    async def story() -> tuple[Claim, News, News, list[Change]]:
        async with cluster(database, str(repository.path)) as its:
            claim = await its.claim()
            runner = its.runner(lambda watched: GitSource(watched.settings.url, cache=tmp_path))
            runner.begin(claim)
            await its.told.next()
            await its.claim()
            repository.commit("second")
            lost, engine = await its.told.next(), await its.told.next()
            (task,) = runner._tasks.values()
            await asyncio.wait_for(task, SOON)
            return claim, lost, engine, await its.store.changes()

    claim, lost, engine, changes = asyncio.run(story())

    assert ("lost", "api") == lost
    assert ("engine", claim.fence.token) == engine
    assert [] == changes


def test_a_source_that_raises(alone: str) -> None:
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
        async with cluster(alone) as its:
            its.runner(lambda _: OwnSource(look, "one")).begin(await its.claim())
            return [await its.told.next() for _ in range(6)]

    assert [
        ("failed", "no such host"),
        ("failed", "ZeroDivisionError: division by zero"),
        ("looked", {MAIN: "a"}),
        ("failed", "no such host"),
        ("recorded", ["one"]),
        ("looked", {MAIN: "b"}),
    ] == asyncio.run(story())


def test_a_source_that_cannot_be_made(alone: str) -> None:
    """
    A source that cannot be made is told as a poll that failed, and making it is tried again.
    """
    tries = [SourceError("api", "the URL is empty"), None]

    def make(_watched: Watched) -> OwnSource:
        if problem := tries.pop(0):
            raise problem
        return OwnSource(lambda: {MAIN: "a"})

    async def story() -> list[object]:
        async with cluster(alone) as its:
            its.runner(make).begin(await its.claim())
            return [await its.told.next(), await its.told.next()]

    assert [("failed", "the URL is empty"), ("looked", {MAIN: "a"})] == asyncio.run(story())


class SlowToEnd(OwnSource):
    """
    A source whose look goes on until it is cancelled, and then a little longer.
    """

    def __init__(self, diary: asyncio.Queue[str]) -> None:
        super().__init__(dict)
        self._diary = diary

    async def look(self) -> Mapping[str, str]:
        """
        Write down the beginning and the end of it.
        """
        self._diary.put_nowait("begun")
        try:
            return await asyncio.Future()
        finally:
            for _ in range(100):
                await asyncio.sleep(0)
            self._diary.put_nowait("ended")


def test_a_new_claim_of_the_same_source(alone: str) -> None:
    """
    Under a new claim a source is polled when the poll under the old one has ended, and not before.
    """

    async def story() -> list[str]:
        async with cluster(alone) as its:
            diary: asyncio.Queue[str] = asyncio.Queue()
            runner = its.runner(lambda _: SlowToEnd(diary))
            claims = [await its.claim() for _ in range(3)]
            runner.begin(claims[0])
            first = await diary.get()
            for claim in claims[1:]:
                runner.begin(claim)
            return [first, await diary.get(), await diary.get()]

    assert ["begun", "ended", "begun"] == asyncio.run(asyncio.wait_for(story(), SOON))


def test_nothing_begins_after_the_end(alone: str) -> None:
    """
    A claim that was won while the runner stopped is not run any more.
    """

    async def story() -> int:
        async with cluster(alone) as its:
            made: list[Watched] = []

            def make(watched: Watched) -> OwnSource:
                made.append(watched)
                return OwnSource(dict)

            runner = its.runner(make)
            await runner.stop()
            runner.begin(await its.claim())
            await its.store.sources()
            return len(made)

    assert 0 == asyncio.run(story())


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


def test_a_poll_that_was_cancelled_half_way(database: str) -> None:
    """
    What a cancelled poll had staged is in no change and goes away; the next holder tells the whole move once.
    """

    async def story() -> list[object]:
        async with cluster(database) as its:
            half = Interrupted()
            first = await its.claim()
            await its.store.baseline(first.fence, {MAIN: "a"})
            runner = its.runner(lambda _: half)
            runner.begin(first)
            await asyncio.wait_for(half.staged.wait(), SOON)
            await runner.stop()
            next_one = its.runner(lambda _: OwnSource(lambda: {MAIN: "b"}, "one", "two"))
            next_one.begin(await its.claim())
            await its.told.next()
            changes = await its.store.changes()
            return [[commit.message for commit in change.commits] for change in changes]

    assert [["one", "two"]] == asyncio.run(story())
    assert [(2,)] == sql(database, "SELECT count(*) FROM commits")
