"""What was told, or was there before anybody watched, is told again from a commit on when somebody asks for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from pathlib import Path

from headwater import Change, Commit, Move, Settings, SourceError, UnreachableError
from headwater.values import Condition
from tests.running.ground import cluster, watching
from tests.running.telling import OwnSource, commit
from tests.sources.repository import Repository

MAIN = "refs/heads/main"


async def asked(database: str, folder: Path, settings: Settings, rev: str) -> tuple[Condition, list[Change]]:
    """
    Run a source, ask that it be told again from a commit on, and return what came of that.
    """
    async with cluster(database, folder) as its:
        claim = await its.claim(settings)
        source = claim.fence.source
        runner = its.runner(lambda *_: OwnSource(lambda: {MAIN: "a"}))
        runner.begin(claim, its.holder)
        await its.told.next("looked")
        number = (await its.store.ask_check([source], from_=rev))[source]
        its.beside(runner.serve(its.holder))
        runner.nudge([source])
        condition = await its.condition(source, lambda now: now.checks_done >= number)
        return condition, await its.store.changes()


def test_from_a_commit_on(database: str, repository: Repository, tmp_path: Path) -> None:
    """
    All refs that have the commit are told, from it on and with it, and nothing else: no ref has moved.
    """
    _, second, third = repository.parents("main")[0], *repository.history("second", "third")
    repository.git("branch", "feature", "main")
    repository.commit("on the feature", branch="feature")
    repository.git("branch", "old", f"{second}^")

    condition, changes = asyncio.run(asked(database, tmp_path, watching(repository, poll=3600), second))

    assert ("ok", "") == (condition.state, condition.reason)
    assert [
        ("refs/heads/feature", ["second", "third", "on the feature"]),
        (MAIN, ["second", "third"]),
    ] == sorted((change.ref, [commit.message for commit in change.commits]) for change in changes)
    assert all(change.backfill and change.after for change in changes)
    assert third in {change.after for change in changes}


def test_the_newest_commit_alone(alone: str, repository: Repository, tmp_path: Path) -> None:
    """
    The commit to which a ref points can be told again by itself, and is told once, however many polls follow.
    """
    tip = repository.commit("second")

    async def story() -> list[list[str]]:
        async with cluster(alone, tmp_path) as its:
            claim = await its.claim(watching(repository))
            runner = its.runner()
            runner.begin(claim, its.holder)
            await its.told.next("looked")
            await its.store.ask_check([claim.fence.source], from_=tip)
            told = [await its.told.next("recorded")]
            for message in ("third", "fourth"):
                repository.commit(message)
                told.append(await its.told.next("recorded"))
            return [messages for _, messages in told]  # type: ignore[misc] # of what is recorded, messages are told

    assert [["second"], ["third"], ["fourth"]] == asyncio.run(story())


def test_a_commit_that_no_ref_has(alone: str, repository: Repository, tmp_path: Path) -> None:
    """
    A commit that nobody has is no failure of the source: the check is made, and says what is wrong.
    """
    condition, changes = asyncio.run(asked(alone, tmp_path, watching(repository, poll=3600), "1234567"))

    assert ("ok", 1, []) == (condition.state, condition.checks_done, changes)
    assert condition.reason.startswith("nothing was told again: ")
    assert "1234567" in condition.reason


def test_a_source_that_cannot_tell_again(alone: str, tmp_path: Path) -> None:
    """
    A source of a kind that has no history says so.
    """
    condition, _ = asyncio.run(asked(alone, tmp_path, Settings(kind="own", url="depot", poll=3600), "a"))

    assert ("ok", "nothing was told again: sources of kind 'own' cannot tell it") == (condition.state, condition.reason)


class Away(OwnSource):
    """
    A source that can tell again what it has, but not while its host is away.
    """

    def __init__(self) -> None:
        super().__init__(lambda: {MAIN: "a"})
        self.problems: list[SourceError] = [UnreachableError("api", "no route to host")]

    async def since(self, rev: str, tips: Mapping[str, str]) -> Sequence[Move]:
        """
        Tell that all refs have the commit.
        """
        if self.problems:
            raise self.problems.pop()
        return [Move(ref=ref, before=rev, after=oid) for ref, oid in tips.items()]

    async def commits_since(self, _move: Move) -> AsyncGenerator[Commit]:
        """
        Yield one commit.
        """
        yield commit(1, "one")


def test_a_host_that_is_away(alone: str, tmp_path: Path) -> None:
    """
    What could not be told because the host was away is told when it is back, and only then the check is made.
    """

    async def story() -> list[object]:
        async with cluster(alone, tmp_path) as its:
            source = Away()
            claim = await its.claim(Settings(kind="own", url="depot", poll=0.02))
            await its.store.ask_check([claim.fence.source], from_="a")
            runner = its.runner(lambda *_: source)
            runner.begin(claim, its.holder)
            told = [await its.told.next() for _ in range(3)]
            await runner.stop()
            condition = await its.condition(claim.fence.source, lambda _: True)
            return [*told, condition.checks_done]

    assert [
        ("failed", "no route to host"),
        ("recorded", ["one"]),
        ("looked", {MAIN: "a"}),
        1,
    ] == asyncio.run(story())


class Asked(Away):
    """
    A source of which a check is asked for, without a commit, while it is told again.
    """

    def __init__(self, ask: Callable[[], Awaitable[object]]) -> None:
        super().__init__()
        self.problems = []
        self._ask = ask

    async def commits_since(self, _move: Move) -> AsyncGenerator[Commit]:
        """
        Yield one commit, after the check was asked for.
        """
        await self._ask()
        yield commit(1, "one")


def test_a_check_that_comes_meanwhile(database: str, tmp_path: Path) -> None:
    """
    A check that is asked for while a source is told again is made as well, and does not tell it once more.
    """

    async def story() -> tuple[int, list[str]]:
        async with cluster(database, tmp_path) as its:
            claim = await its.claim(Settings(kind="own", url="depot", poll=0.02))
            source = claim.fence.source
            await its.store.ask_check([source], from_="a")
            runner = its.runner(lambda *_: Asked(lambda: its.store.ask_check([source])))
            its.beside(runner.serve(its.holder))
            runner.begin(claim, its.holder)
            condition = await its.condition(source, lambda now: now.checks_done >= 2)
            return condition.checks_done, [change.ref for change in await its.store.changes()]

    assert (2, [MAIN]) == asyncio.run(story())
