"""What is older than a source keeps it is deleted by who holds the source."""

from __future__ import annotations

import asyncio
from pathlib import Path

from headwater import Settings
from headwater.running.pruning import prune, prune_once
from headwater.values import INJECT, Move
from tests.conformance.rows import run as sql
from tests.running.ground import Cluster, cluster
from tests.running.telling import SOON

MAIN = "refs/heads/main"
DAY = 86_400.0


async def recorded(its: Cluster, name: str, keep: float, *, moves: int = 3, kind: str = "own") -> int:
    """
    Record moves of a source that keeps its changes for so long, all of them two days ago.
    """
    claim = await its.claim(Settings(kind=kind, url=name, keep=keep), name=name)
    await its.store.baseline(claim.fence, {MAIN: "0"})
    for number in range(moves):
        move = Move(ref=MAIN, before=f"{number}", after=f"{number + 1}")
        await its.store.record(claim.fence, next(claim.tries), move, 0)
    return claim.fence.source


def two_days_pass(database: str) -> None:
    """
    Make everything that was recorded two days older.
    """
    sql(database, "UPDATE changes SET recorded_at = recorded_at - 172800000")


def test_each_source_keeps_its_own_time(database: str, tmp_path: Path) -> None:
    """
    Changes are kept for as long as the settings of their source say, and those of other masters' sources are left.
    """

    async def story() -> list[str]:
        async with cluster(database, tmp_path) as its:
            short, long = await recorded(its, "short", DAY), await recorded(its, "long", 90 * DAY)
            await recorded(its, "others", DAY)
            two_days_pass(database)
            await prune_once(its.store, [short, long], breath=0)
            return [change.source_name for change in await its.store.changes()]

    assert ["long"] * 3 + ["others"] * 3 == asyncio.run(story())


def test_who_holds_nothing_prunes_what_was_removed(alone: str, tmp_path: Path) -> None:
    """
    The changes of a removed source go in their time, whoever runs.
    """

    async def story() -> int:
        async with cluster(alone, tmp_path) as its:
            source = await recorded(its, "short", DAY)
            two_days_pass(alone)
            await its.store.edit(remove=[source])
            sql(alone, "UPDATE removed_sources SET kept_until = 0")
            await prune_once(its.store, [], breath=0)
            return len(await its.store.changes())

    assert 0 == asyncio.run(story())


def test_what_no_master_runs_is_pruned_too(database: str, tmp_path: Path) -> None:
    """
    The changes of sources that are injected into, or paused, go in their time, whoever runs; those of others stay.
    """

    async def story() -> set[str]:
        async with cluster(database, tmp_path) as its:
            await recorded(its, "others", DAY)
            await recorded(its, "svn", DAY, kind=INJECT)
            paused = await recorded(its, "paused", DAY)
            two_days_pass(database)
            await its.store.pause([paused], why="w", by="ada")
            asked: asyncio.Queue[None] = asyncio.Queue()

            def held() -> list[int]:
                asked.put_nowait(None)
                return []

            its.beside(prune(its.store, held, first=0, every=0))
            for _ in range(2):  # the second time it has been through once
                await asyncio.wait_for(asked.get(), SOON)
            return {change.source_name for change in await its.store.changes()}

    assert {"others"} == asyncio.run(story())


def test_more_sources_than_one_slice(alone: str, tmp_path: Path) -> None:
    """
    However many sources there are, all are looked through.
    """

    async def story() -> int:
        async with cluster(alone, tmp_path) as its:
            ids = [await recorded(its, f"source-{number}", DAY, moves=1) for number in range(60)]
            two_days_pass(alone)
            await prune_once(its.store, ids, breath=0)
            return len(await its.store.changes())

    assert 0 == asyncio.run(story())


def test_again_and_again(alone: str, tmp_path: Path) -> None:
    """
    Pruning goes on after the database was away.
    """

    async def story() -> int:
        async with cluster(alone, tmp_path) as its:
            source = await recorded(its, "short", DAY)
            two_days_pass(alone)
            sql(alone, "ALTER TABLE changes RENAME TO away")
            asked: asyncio.Queue[None] = asyncio.Queue()

            def held() -> list[int]:
                asked.put_nowait(None)
                return [source]

            its.beside(prune(its.store, held, first=0, every=0))
            for _ in range(2):  # the second time it has failed once
                await asyncio.wait_for(asked.get(), SOON)
            sql(alone, "ALTER TABLE away RENAME TO changes")
            async with asyncio.timeout(SOON):
                while changes := await its.store.changes():
                    await asked.get()
            return len(changes)

    assert 0 == asyncio.run(story())
