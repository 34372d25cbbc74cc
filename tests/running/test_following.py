"""Whoever runs sources sees what others edit, without a restart."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from pathlib import Path

from headwater import Settings
from headwater.running.following import follow
from tests.conformance.rows import run as sql
from tests.running.ground import cluster
from tests.running.telling import SOON

QUICK = 0.02

Ids = tuple[int, ...]


def other(number: int) -> Settings:
    """
    Make settings that are different from all others.
    """
    return Settings(kind="own", url=f"depot-{number}")


def put(seen: asyncio.Queue[Ids], edited: Collection[int]) -> None:
    """
    Take the sources that were edited, if there are any.
    """
    if edited:
        seen.put_nowait(tuple(edited))


def test_edits_and_checks_are_seen(database: str, tmp_path: Path) -> None:
    """
    Who follows is told of the sources that are edited from then on, and of those that are to be checked.
    """

    async def story() -> tuple[list[int], list[Ids]]:
        async with cluster(database, tmp_path) as its:
            ids = list((await its.store.edit(add={f"s{number}": other(number) for number in range(3)})).values())
            seen: asyncio.Queue[Ids] = asyncio.Queue()
            its.beside(follow(its.store, lambda edited: put(seen, edited), every=QUICK))
            await its.store.was_asked()
            await its.store.edit(change={ids[1]: ("s1", other(9))})
            first = await asyncio.wait_for(seen.get(), SOON)
            await its.store.ask_check([ids[2]])
            return ids, [first, await asyncio.wait_for(seen.get(), SOON)]

    ids, seen = asyncio.run(story())

    assert [(ids[1],), (ids[2],)] == seen


def test_a_pause_that_is_over(alone: str, tmp_path: Path) -> None:
    """
    Sources whose pause is over can be claimed again because somebody follows.
    """

    async def story() -> bool:
        async with cluster(alone, tmp_path) as its:
            ids = list((await its.store.edit(add={"api": other(1)})).values())
            await its.store.pause(ids, why="the host moves", by="ana", seconds=3600)
            sql(alone, "UPDATE source_settings SET paused_at = paused_at - 3700000, paused_until = 0")
            its.beside(follow(its.store, lambda _: None, every=QUICK))
            for _ in range(2):  # the first time only asks for the newest number
                await its.store.was_asked()
            return bool(await its.store.claimable(host="h", kinds=["own"]))

    assert asyncio.run(story())


def test_a_database_that_is_away(alone: str, tmp_path: Path) -> None:
    """
    What is edited while the database cannot be asked is seen when it can.
    """

    async def story() -> tuple[list[int], Ids]:
        async with cluster(alone, tmp_path) as its:
            ids = list((await its.store.edit(add={"api": other(1)})).values())
            seen: asyncio.Queue[Ids] = asyncio.Queue()
            its.beside(follow(its.store, lambda edited: put(seen, edited), every=QUICK))
            await its.store.was_asked()
            await its.store.ask_check(ids)
            await asyncio.wait_for(seen.get(), SOON)
            sql(alone, "ALTER TABLE edits RENAME TO away")
            await its.store.was_asked(in_vain=True)
            sql(alone, "ALTER TABLE away RENAME TO edits")
            await its.store.ask_check(ids)
            return ids, await asyncio.wait_for(seen.get(), SOON)

    ids, seen = asyncio.run(story())

    assert tuple(ids) == seen
