"""How sources fare is told in batches: the newest of each, sooner or later, and never by who is late."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from headwater.clock import boot_seconds
from headwater.running.conditions import Health, after_failure, after_success
from headwater.running.problems import Problem
from headwater.running.reporting import Reporter
from headwater.values import Condition
from tests.conformance.rows import run as sql
from tests.running.ground import cluster


def well(*, checks_done: int = 0) -> Health:
    """
    Make the health of a source that was just looked at.
    """
    return after_success(Health(since=boot_seconds(), checks_done=checks_done), now=boot_seconds())


def failing(problem: str) -> Health:
    """
    Make the health of a source that has just failed.
    """
    return after_failure(well(), Problem(problem), now=boot_seconds())


def test_the_newest_of_each_source(database: str, tmp_path: Path) -> None:
    """
    Of one source only the newest is told, and of every source something.
    """

    async def story() -> list[Condition | None]:
        async with cluster(database, tmp_path) as its:
            api, web = await its.claim(name="api"), await its.claim(name="web")
            reporter = Reporter(its.store)
            reporter.tell(api.fence, failing("timed out"))
            reporter.tell(web.fence, failing("no route"))
            reporter.tell(api.fence, well(checks_done=3))
            await reporter.flush()
            return [await its.store.condition(claim.fence.source) for claim in (api, web)]

    api, web = asyncio.run(story())

    assert api is not None
    assert web is not None
    assert ("ok", 3) == (api.state, api.checks_done)
    assert ("failing", "no route", 1) == (web.state, web.reason, web.attempts)


def test_whose_claim_is_over_has_nothing_to_say(alone: str, tmp_path: Path) -> None:
    """
    What a holder tells too late does not hide what its successor has told.
    """

    async def story() -> Condition | None:
        async with cluster(alone, tmp_path) as its:
            reporter = Reporter(its.store)
            before, after = await its.claim(), await its.claim()
            reporter.tell(after.fence, well())
            await reporter.flush()
            reporter.tell(before.fence, failing("timed out"))
            await reporter.flush()
            return await its.store.condition(after.fence.source)

    condition = asyncio.run(story())

    assert condition is not None
    assert "ok" == condition.state


def test_a_database_that_is_away(alone: str, tmp_path: Path) -> None:
    """
    What the database does not take is told when it is back, but not if there is something newer.
    """

    async def story() -> list[str]:
        async with cluster(alone, tmp_path) as its:
            api, web = await its.claim(name="api"), await its.claim(name="web")
            reporter = Reporter(its.store)
            reporter.tell(api.fence, failing("timed out"))
            reporter.tell(web.fence, failing("no route"))
            sql(alone, "ALTER TABLE conditions RENAME TO away")
            await reporter.flush()
            sql(alone, "ALTER TABLE away RENAME TO conditions")
            reporter.tell(api.fence, well())
            await reporter.flush()
            return [condition.state for _, condition in sorted((await its.store.conditions()).items())]

    assert ["ok", "failing"] == asyncio.run(story())


class Counting(Reporter):
    """
    A reporter that counts its batches.
    """

    batches = 0

    async def flush(self) -> None:
        """
        Count one.
        """
        self.batches += 1
        await super().flush()


def test_one_batch_for_many(alone: str, tmp_path: Path) -> None:
    """
    What is told in one moment is one batch, and what comes right after it waits for the next.
    """

    async def story() -> tuple[int, int, bool]:
        async with cluster(alone, tmp_path) as its:
            claims = [await its.claim(name=f"source-{number}") for number in range(20)]
            reporter = Counting(its.store)
            its.beside(reporter.run())
            for claim in claims:
                reporter.tell(claim.fence, failing("timed out"))
            await its.condition(claims[-1].fence.source, lambda _: True)
            first = len(await its.store.conditions())
            began = asyncio.get_running_loop().time()
            reporter.tell(claims[0].fence, well())
            await its.condition(claims[0].fence.source, lambda condition: condition.state == "ok")
            return first, reporter.batches, asyncio.get_running_loop().time() - began > 0.5

    assert (20, 2, True) == asyncio.run(story())


def test_who_is_stopped_while_telling(alone: str, tmp_path: Path) -> None:
    """
    What was on its way to the database when that was stopped is told the next time, unless there is something newer.
    """

    async def story() -> list[Sequence[str | None]]:
        async with cluster(alone, tmp_path) as its:
            api, web = await its.claim(name="api"), await its.claim(name="web")
            reporter = Reporter(its.store)
            for claim in (api, web):
                reporter.tell(claim.fence, failing("timed out"))
            telling = asyncio.create_task(reporter.flush())
            await asyncio.sleep(0)
            reporter.tell(api.fence, well())
            telling.cancel()
            await asyncio.wait([telling])
            left = [health.state for _, (_, health) in sorted(reporter._waiting.items())]
            await reporter.flush()
            return [left, [condition.state for _, condition in sorted((await its.store.conditions()).items())]]

    assert [["ok", "failing"], ["ok", "failing"]] == asyncio.run(story())


def test_what_the_database_never_takes(alone: str, tmp_path: Path) -> None:
    """
    Where there is nothing to tell the database is not asked.
    """

    async def story() -> list[int]:
        async with cluster(alone, tmp_path) as its:
            claim = await its.claim()
            reporter = Reporter(its.store)
            reporter.tell(claim.fence, Health(since=boot_seconds()))
            sql(alone, "DROP TABLE conditions")
            await reporter.flush()
            return list(reporter._waiting)

    assert [] == asyncio.run(story())
