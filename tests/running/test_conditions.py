"""What a runner says of its sources, from poll to poll and from master to master."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest
from msgspec.structs import replace

from headwater import AccessDeniedError, DatabaseUnavailableError, Settings, SourceError
from headwater.sources.workplace import Workplace
from headwater.store import clustering
from headwater.values import Condition
from tests.conformance.rows import history
from tests.conformance.rows import run as sql
from tests.running.ground import cluster
from tests.running.telling import News, OwnSource, SlowToEnd

MAIN = "refs/heads/main"
OWN = Settings(kind="own", url="depot", poll=0.01)


def test_from_failure_to_success(alone: str, tmp_path: Path) -> None:
    """
    Failures are counted and told with their reason and the next time; a success ends them.
    """
    looks: list[Mapping[str, str] | Exception] = [{MAIN: "a"}, SourceError("api", "odd"), SourceError("api", "odder")]

    def look() -> Mapping[str, str]:
        seen = looks.pop(0) if looks else {MAIN: "a"}
        if isinstance(seen, Exception):
            raise seen
        return seen

    async def story() -> list[Condition | None]:
        async with cluster(alone, tmp_path) as its:
            runner = its.runner(lambda *_: OwnSource(look))
            claim = await its.claim(OWN)
            runner.begin(claim, its.holder)
            found = []
            for problem in ("odd", "odder"):
                assert ("failed", problem) == await its.told.next("failed")
                await runner._reporter.flush()
                found.append(await its.store.condition(claim.fence.source))
            await its.told.next("looked")
            await runner.stop()
            return [*found, await its.store.condition(claim.fence.source)]

    once, twice, well = asyncio.run(story())

    assert once is not None
    assert twice is not None
    assert well is not None
    assert ("failing", "odd", 1) == (once.state, once.reason, once.attempts)
    assert ("failing", "odder", 2) == (twice.state, twice.reason, twice.attempts)
    assert once.next_at is not None
    assert once.checked_at is not None
    assert once.checked_at <= once.next_at
    assert abs(once.since - twice.since) < 1000
    assert ("ok", "", 0) == (well.state, well.reason, well.attempts)


def test_the_next_holder_goes_on_counting(alone: str, tmp_path: Path) -> None:
    """
    A new holder knows since when a source has been failing, how often, and when it was well.
    """

    async def story() -> list[Condition]:
        async with cluster(alone, tmp_path) as its:

            def look() -> Mapping[str, str]:
                raise AccessDeniedError("api", "permission denied")

            found = []
            for _ in range(3):
                runner = its.runner(lambda *_: OwnSource(look))
                claim = await its.claim(OWN)
                runner.begin(claim, its.holder)
                await its.told.next("failed")
                await runner.stop()
                found.append(await its.condition(claim.fence.source, lambda _: True))
            return found

    found = asyncio.run(story())

    assert [("broken", 1), ("broken", 2), ("broken", 3)] == [(one.state, one.attempts) for one in found]
    assert found[2].since - found[0].since < 1000


def test_a_poll_that_takes_long(alone: str, tmp_path: Path) -> None:
    """
    While a poll lasts its progress is told and shown; when its claim goes, nobody is said to be checking any more.
    """

    class Fetching(OwnSource):
        def __init__(self, workplace: Workplace) -> None:
            super().__init__(dict)
            self._workplace = workplace
            self._looks = 0

        async def look(self) -> Mapping[str, str]:
            self._looks += 1
            if self._looks == 1:
                return {MAIN: "a"}
            self._workplace.on_progress("Receiving objects:\n 42 %")
            return await asyncio.Future()

    async def story() -> tuple[News, Condition, Condition]:
        async with cluster(alone, tmp_path) as its:
            runner = its.runner(lambda _, workplace: Fetching(workplace))
            claim = await its.claim(OWN)
            runner.begin(claim, its.holder)
            told = await its.told.next("progress")
            await runner._reporter.flush()
            during = await its.condition(claim.fence.source, lambda _: True)
            await runner.stop()
            return told, during, await its.condition(claim.fence.source, lambda _: True)

    told, during, after = asyncio.run(story())

    assert ("progress", "Receiving objects: 42 %") == told
    assert ("checking", "Receiving objects: 42 %") == (during.state, during.reason)
    assert "ok" == after.state


def test_our_own_database_is_away(alone: str, tmp_path: Path) -> None:
    """
    While our own database is away this is told once, no source is failing for it, and then all goes on.
    """
    problems: list[Exception] = [DatabaseUnavailableError("db", "no answer") for _ in range(3)]

    def look() -> Mapping[str, str]:
        if problems:
            raise problems.pop()
        return {MAIN: "a"}

    async def story() -> list[object]:
        async with cluster(alone, tmp_path) as its:
            runner = its.runner(lambda *_: OwnSource(look))
            claim = await its.claim(OWN)
            sql(alone, "ALTER TABLE conditions RENAME TO away")
            runner.begin(claim, its.holder)
            told = [(await its.told.next())[0]]
            sql(alone, "ALTER TABLE away RENAME TO conditions")
            looks = [await its.told.next() for _ in range(2)]
            await runner.stop()
            condition = await its.condition(claim.fence.source, lambda _: True)
            return [*told, *looks, condition.state, condition.attempts]

    assert ["failed", ("failed", "db: no answer"), ("looked", {MAIN: "a"}), "ok", 0] == asyncio.run(story())


def test_nothing_is_there_that_is_watched(alone: str, tmp_path: Path) -> None:
    """
    A source whose refs have all gone, or are not called as somebody thinks, is well and says so.
    """

    async def story() -> Condition:
        async with cluster(alone, tmp_path) as its:
            runner = its.runner(lambda *_: OwnSource(lambda: {"trunk": "a"}))
            claim = await its.claim(replace(OWN, refs=("main", "release/*")))
            runner.begin(claim, its.holder)
            await its.told.next("looked")
            await runner.stop()
            return await its.condition(claim.fence.source, lambda _: True)

    condition = asyncio.run(story())

    assert ("ok", "there is no ref that fits main or release/*") == (condition.state, condition.reason)


def test_secrets_stay_here(alone: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """
    A secret that a source puts into an error or into its progress is not told, not stored and not logged.
    """

    def make(_settings: Settings, workplace: Workplace) -> OwnSource:
        workplace.credentials.redactor.learn("hunter2")

        def look() -> Mapping[str, str]:
            raise ValueError("cannot log in with hunter2")

        return OwnSource(look)

    async def story() -> tuple[News, Condition]:
        async with cluster(alone, tmp_path) as its:
            runner = its.runner(make)
            claim = await its.claim(OWN)
            runner.begin(claim, its.holder)
            told = await its.told.next("failed")
            await runner.stop()
            return told, await its.condition(claim.fence.source, lambda _: True)

    told, condition = asyncio.run(story())

    assert ("failed", "ValueError: cannot log in with ***") == told
    assert told[1] == condition.reason
    assert "cannot log in with ***" in caplog.text
    assert "hunter2" not in caplog.text


def test_a_hand_over_while_a_poll_runs(alone: str, tmp_path: Path) -> None:
    """
    A source that goes to another master is polled there when its poll here has ended, and not before.
    """

    async def story() -> tuple[list[str], list[object]]:
        async with cluster(alone, tmp_path) as its:
            source = (await its.store.edit(add={"api": OWN}))["api"]
            await its.master(its.runner(lambda *_: SlowToEnd(its.told)), name="ci-a")
            told = [(await its.told.next("begun", "ended"))[0]]
            await its.master(its.runner(lambda *_: SlowToEnd(its.told)), name="ci-b")
            await its.store.ask(clustering.drain(its.store.database.limits, "ci-a", is_draining=True))
            told += [(await its.told.next("begun", "ended"))[0] for _ in range(2)]
            return told, [why for _, _, why in history(alone, source)]

    assert (["begun", "ended", "begun"], ["handed over", None]) == asyncio.run(story())
