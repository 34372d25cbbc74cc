"""The same with asyncio: what is awaited can be cancelled, and what was won by then is given back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

import headwater
from headwater import (
    AsyncJoinedMaster,
    Claim,
    ClaimLostError,
    ClaimTimeoutError,
    DatabaseUrlError,
    JoinedMaster,
    Store,
    StoreClosedError,
)
from tests.cluster.quick import QUICK
from tests.cluster.test_joining import SOON, holder, holders
from tests.conformance.invariants import violations
from tests.conformance.rows import history, run
from tests.store.kinds import ON_SQLITE


@contextmanager
def rival(database: str) -> Iterator[JoinedMaster]:
    """
    Another master, in code that blocks.
    """
    with headwater.join(database, "ci-b", timing=QUICK) as other:
        yield other


async def until(holds: Callable[[], bool]) -> None:
    """
    Look until something holds in the database, which blocks the loop at each look, so that it hears late of all else.
    """
    async with asyncio.timeout(SOON):
        while not holds():  # noqa: ASYNC110 - a database tells no event
            await asyncio.sleep(0)


def joined(database: str) -> AsyncJoinedMaster:
    """
    Return a master that ``async with`` joins.
    """
    return headwater.join_async(database, "ci-a", timing=QUICK)


def test_tasks_take_turns(database: str) -> None:
    """
    Tasks of one loop run a block one at a time, under growing tokens, and the loop goes on meanwhile.
    """
    tokens: list[int] = []

    async def work(master: AsyncJoinedMaster) -> None:
        async with master.claim("report") as claim:
            claim.check()
            tokens.append(claim.token)
            await asyncio.sleep(0)
            assert tokens[-1] == claim.token

    async def main() -> None:
        async with joined(database) as master, asyncio.timeout(SOON):
            await asyncio.gather(*(work(master) for _ in range(5)))

    asyncio.run(main())

    assert sorted(set(tokens)) == tokens
    assert 5 == len(tokens)
    assert [] == holders(database)
    assert [] == violations(database)


def test_another_takes_over_from_a_killed_process(database: str) -> None:
    """
    When the process of the holder is killed, a task that waits runs after the expiry.
    """

    async def main() -> None:
        async with joined(database) as master:
            with pytest.raises(ClaimTimeoutError, match="ci-b#"):
                async with master.claim("report", timeout=0.3):
                    pass
            process.kill()
            async with master.claim("report", timeout=SOON) as claim:
                claim.check()

    with holder(database, "ci-b", "report") as process:
        asyncio.run(main())

    assert ["expired", "released"] == [why for _, _, why in history(database, 1)]


def test_a_wait_that_is_cancelled(database: str) -> None:
    """
    Who is cancelled while waiting gets nothing later, and nobody waits in its place.
    """

    async def main() -> None:
        async with joined(database) as master:
            with rival(database) as other, other.claim("report"):
                waiting = asyncio.create_task(enter(master))
                await asyncio.sleep(0.5)
                waiting.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await waiting
            await asyncio.sleep(3 * QUICK.heartbeat)
            assert [] == holders(database)

    asyncio.run(main())

    assert 1 == len(history(database, 1))


async def enter(master: AsyncJoinedMaster) -> None:
    """
    Claim and go on at once.
    """
    async with master.claim("report"):
        pass


def test_a_cancelled_wait_that_had_won(database: str) -> None:
    """
    Who is cancelled when the claim was won, and before it is told so, gives it back.
    """

    async def main() -> None:
        async with joined(database) as master:
            for _ in range(20):
                waiting = asyncio.create_task(enter(master))
                await until(lambda: bool(holders(database)))
                waiting.cancel()
                await asyncio.wait([waiting])
                await until(lambda: not holders(database))

    asyncio.run(main())

    assert {"released"} == {why for _, _, why in history(database, 1)}
    assert [] == violations(database)


def test_a_block_that_is_cancelled(database: str) -> None:
    """
    A task that is cancelled within its block has released when it has ended.
    """

    async def main() -> None:
        inside = asyncio.Event()

        async def hold(master: AsyncJoinedMaster) -> None:
            async with master.claim("report"):
                inside.set()
                await asyncio.sleep(SOON)

        async with joined(database) as master:
            holding = asyncio.create_task(hold(master))
            await inside.wait()
            holding.cancel()
            await asyncio.wait([holding])
            assert [] == holders(database)

    asyncio.run(main())


def test_functions_are_called_in_the_loop(database: str) -> None:
    """
    Gain and loss are told in the event loop, where a task can be cancelled.
    """

    async def main() -> list[str]:
        told: list[str] = []
        loop = asyncio.get_running_loop()

        def lost(claim: Claim, why: str) -> None:
            assert loop is asyncio.get_running_loop()
            told.append(why)
            with pytest.raises(ClaimLostError):
                claim.check()
            holding.cancel()

        async def hold() -> None:
            async with master.claim("report", on_gain=lambda _: told.append("gain"), on_lose=lost) as claim:
                with Store(database) as store:
                    store.force_release([claim.fence.source])
                await asyncio.sleep(SOON)

        async with joined(database) as master:
            holding = asyncio.create_task(hold())
            await asyncio.wait([holding], timeout=SOON)
            assert holding.cancelled()
        return told

    assert ["gain", "somebody else has ended the claim"] == asyncio.run(main())


def test_joining_that_is_cancelled(database: str) -> None:
    """
    Who is cancelled while joining leaves no master behind that lives.
    """

    async def main() -> None:
        joining = asyncio.create_task(joined(database).open())
        await until(lambda: bool(run(database, "SELECT id FROM masters")))
        joining.cancel()
        with pytest.raises(asyncio.CancelledError):
            await joining
        await until(lambda: [(0,)] == run(database, "SELECT active FROM masters"))

    Store(database).close()
    asyncio.run(main())


def test_a_master_that_was_not_opened_or_cannot_be() -> None:
    """
    Without `open` there is nothing to claim with, and closing does nothing; a URL that is none is told by `open`.
    """

    async def main() -> None:
        master = headwater.join_async("nonsense", "ci-a")
        await master.close()
        with pytest.raises(StoreClosedError):
            _ = master.name
        with pytest.raises(DatabaseUrlError):
            await master.open()

    asyncio.run(main())


@ON_SQLITE
def test_the_name_of_a_life(database: str) -> None:
    """
    A master is known by its given name and a suffix.
    """

    async def main() -> str:
        async with joined(database) as master:
            return master.name

    assert asyncio.run(main()).startswith("ci-a#")
