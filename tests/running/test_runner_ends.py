"""What a runner runs ends when it is told to, wholly, and only then may the claim be given back."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from headwater import Change, Settings
from headwater.cluster.claim import Claim
from headwater.sources.workplace import Workplace
from tests.running.ground import cluster, watching
from tests.running.telling import SOON, News, OwnSource, SlowToEnd
from tests.sources.repository import Repository

MAIN = "refs/heads/main"


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
        async with cluster(alone, tmp_path) as its:
            runner = its.runner()
            runner.begin(await its.claim(Settings(kind="git", url="/srv/api.git")), its.holder)
            with await asyncio.to_thread(pipe.open) as living:
                begun = await asyncio.to_thread(living.readline)
                await runner.stop()
                return begun, await asyncio.wait_for(asyncio.to_thread(living.read), SOON)

    assert ("begun\n", "") == asyncio.run(story())


def test_the_holder_is_told_when_a_poll_is_gone(alone: str, tmp_path: Path) -> None:
    """
    A poll that is told to end is cancelled; the listener is told at once, the holder when the poll is gone.
    """

    async def story() -> tuple[Claim, list[News]]:
        async with cluster(alone, tmp_path) as its:
            runner = its.runner(lambda *_: SlowToEnd(its.told))
            claim = await its.claim()
            runner.begin(claim, its.holder)
            begun = await its.told.next()
            runner.end(claim, "another master is to run it")
            return claim, [begun, *[await its.told.next() for _ in range(3)]]

    claim, told = asyncio.run(story())

    assert [("begun", None), ("lost", "another master is to run it"), ("ended", None), ("stopped", claim)] == told


def test_who_ends_is_not_interrupted(alone: str, tmp_path: Path) -> None:
    """
    A runner that stops while a poll is already ending lets it clean up, and waits for it.
    """

    async def story() -> list[str]:
        async with cluster(alone, tmp_path) as its:
            runner = its.runner(lambda *_: SlowToEnd(its.told))
            claim = await its.claim()
            runner.begin(claim, its.holder)
            await its.told.next()
            runner.end(claim, "no more")
            for _ in range(10):  # the poll is in the middle of its end
                await asyncio.sleep(0)
            await runner.stop()
            its.told.tell("the runner has", None)
            return [(await its.told.next())[0] for _ in range(4)]

    assert ["lost", "ended", "stopped", "the runner has"] == asyncio.run(story())


def test_a_poll_that_ends_before_it_began(alone: str, tmp_path: Path) -> None:
    """
    The holder is told of the end also when it comes in the same breath as the beginning.
    """

    async def story() -> tuple[Claim, list[News]]:
        async with cluster(alone, tmp_path) as its:
            runner = its.runner(lambda *_: SlowToEnd(its.told))
            claim = await its.claim()
            runner.begin(claim, its.holder)
            runner.end(claim, "no more")
            return claim, [await its.told.next("lost", "stopped") for _ in range(2)]

    claim, told = asyncio.run(story())

    assert [("lost", "no more"), ("stopped", claim)] == told


def test_a_runner_that_stops_before_a_poll_began(alone: str, tmp_path: Path) -> None:
    """
    A runner that stops in the same breath in which a poll begins tells its end.
    """

    async def story() -> tuple[Claim, News]:
        async with cluster(alone, tmp_path) as its:
            runner = its.runner(lambda *_: SlowToEnd(its.told))
            claim = await its.claim()
            runner.begin(claim, its.holder)
            await runner.stop()
            return claim, await its.told.next("stopped")

    claim, told = asyncio.run(story())

    assert ("stopped", claim) == told


def test_a_new_claim_of_the_same_source(alone: str, tmp_path: Path) -> None:
    """
    Under a new claim a source is polled when the poll under the old one has ended, and not before.
    """

    async def story() -> list[str]:
        async with cluster(alone, tmp_path) as its:
            runner = its.runner(lambda *_: SlowToEnd(its.told))
            claims = [await its.claim() for _ in range(3)]
            runner.begin(claims[0], its.holder)
            first = await its.told.next()
            for claim in claims[1:]:
                runner.begin(claim, its.holder)
            return [what for what, _ in (first, await its.told.next(), await its.told.next("begun", "ended"))]

    assert ["begun", "ended", "begun"] == asyncio.run(asyncio.wait_for(story(), SOON))


def test_a_stop_waits_for_older_claims_too(alone: str, tmp_path: Path) -> None:
    """
    A runner has stopped, and every holder is told, when the poll is gone that a newer claim had waited for.
    """

    async def story() -> tuple[list[Claim], list[News]]:
        async with cluster(alone, tmp_path) as its:
            runner = its.runner(lambda *_: SlowToEnd(its.told))
            claims = [await its.claim() for _ in range(2)]
            runner.begin(claims[0], its.holder)
            await its.told.next()
            runner.begin(claims[1], its.holder)
            await runner.stop()
            its.told.tell("the runner has", None)
            return claims, [await its.told.next() for _ in range(4)]

    (first, second), told = asyncio.run(story())

    assert [("ended", None), ("stopped", first), ("stopped", second), ("the runner has", None)] == told


def test_nothing_begins_after_the_end(alone: str, tmp_path: Path) -> None:
    """
    A claim that was won while the runner stopped is not run any more.
    """

    async def story() -> int:
        async with cluster(alone, tmp_path) as its:
            made: list[Settings] = []

            def make(settings: Settings, _workplace: Workplace) -> OwnSource:
                made.append(settings)
                return OwnSource(dict)

            runner = its.runner(make)
            await runner.stop()
            runner.begin(await its.claim(), its.holder)
            await its.store.sources()
            return len(made)

    assert 0 == asyncio.run(story())


def test_a_claim_that_the_database_refuses(database: str, repository: Repository, tmp_path: Path) -> None:
    """
    A recording that comes after the claim has ended is refused; the source is not run on, and all are told.
    """

    async def story() -> tuple[Claim, list[News], list[Change]]:
        async with cluster(database, tmp_path) as its:
            claim = await its.begin(settings=watching(repository))
            await its.told.next()
            await its.claim()
            repository.commit("second")
            told = [await its.told.next() for _ in range(3)]
            return claim, told, await its.store.changes()

    claim, (lost, refused, stopped), changes = asyncio.run(story())

    assert "lost" == lost[0]
    assert f"token {claim.token}" in str(lost[1])
    assert [("refused", claim), ("stopped", claim)] == [refused, stopped]
    assert [] == changes


def test_a_lease_that_has_run_out(alone: str, tmp_path: Path) -> None:
    """
    Without the right to act nothing is polled: the source stops, and nobody is told that the claim has ended.
    """

    async def story() -> tuple[Claim, list[News]]:
        async with cluster(alone, tmp_path) as its:
            claim = await its.begin(lambda *_: OwnSource(lambda: {MAIN: "a"}))
            await its.told.next()
            its.lease.end()
            return claim, [await its.told.next() for _ in range(2)]

    claim, (lost, stopped) = asyncio.run(story())

    assert "lost" == lost[0]
    assert "no heartbeat was confirmed" in str(lost[1])
    assert ("stopped", claim) == stopped


def test_a_claim_that_runs_again(alone: str, tmp_path: Path) -> None:
    """
    What ended when the lease ran out begins again under the same claim, and goes on where it was.
    """

    async def story() -> tuple[Claim, list[News]]:
        async with cluster(alone, tmp_path) as its:
            seen = [{MAIN: "a"}, {MAIN: "b"}]
            runner = its.runner(lambda *_: OwnSource(lambda: seen[0], "one"))
            claim = await its.claim()
            runner.begin(claim, its.holder)
            await its.told.next("looked")
            runner.end(claim, "the lease has run out")
            await its.told.next("stopped")
            seen.pop(0)
            runner.begin(claim, its.holder)
            return claim, [await its.told.next() for _ in range(2)]

    assert [("recorded", ["one"]), ("looked", {MAIN: "b"})] == asyncio.run(story())[1]


def test_what_is_run_here(alone: str, tmp_path: Path) -> None:
    """
    A runner knows what it runs, and forgets what it does not run any more.
    """

    async def story() -> list[list[int]]:
        async with cluster(alone, tmp_path) as its:
            runner = its.runner(lambda *_: OwnSource(lambda: {MAIN: "a"}))
            claim = await its.claim()
            runner.begin(claim, its.holder)
            await its.told.next("looked")
            during = runner.sources
            runner.end(claim, "no more")
            await its.told.next("stopped")
            return [during, runner.sources]

    assert [[1], []] == asyncio.run(story())


def test_the_loop_answers(alone: str, tmp_path: Path) -> None:
    """
    The holder is told that the loop is not stuck from the beginning on.
    """

    async def story() -> News:
        async with cluster(alone, tmp_path) as its:
            answering = asyncio.create_task(its.runner(lambda *_: OwnSource(dict)).answer(its.holder))
            told = await its.told.next()
            answering.cancel()
            return told

    assert ("alive", None) == asyncio.run(story())
