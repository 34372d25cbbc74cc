"""Exactly one of all who join runs what stands in the block."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from queue import SimpleQueue
from time import monotonic
from typing import TypeVar

import pytest

import headwater
from headwater import Claim, ClaimLostError, ClaimTimeoutError, JoinedMaster, Store, Timing, WrongKindError
from headwater.store import clustering
from tests.cluster.quick import QUICK
from tests.conformance.buildbot_tables import create
from tests.conformance.invariants import violations
from tests.conformance.rows import history, run

A = TypeVar("A")

SOON = 60.0
"""Seconds until what must come has to be there, on the slowest machine."""


@pytest.fixture
def master(database: str) -> Iterator[JoinedMaster]:
    """
    A master that has joined.
    """
    with headwater.join(database, "ci-a", timing=QUICK) as master:
        yield master


@contextmanager
def holder(database: str, given_name: str, name: str) -> Iterator[subprocess.Popen[str]]:
    """
    Run a process that holds a name, and begin when it does.
    """
    command = [sys.executable, "-m", "tests.cluster.holder", database, given_name, name]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline().strip().isdigit()
            yield process
        finally:
            process.kill()


def holders(database: str) -> list[tuple[object, ...]]:
    """
    Return every claim, as source and master.
    """
    return run(database, "SELECT changesourceid, masterid FROM changesource_masters ORDER BY changesourceid")


def test_one_after_the_other(database: str, master: JoinedMaster) -> None:
    """
    Who waits for a name runs when the holder's block has ended, under a higher token, and never beside it.
    """
    order: list[str] = []

    def second() -> int:
        with headwater.join(database, "ci-b", timing=QUICK) as other, other.claim("report") as claim:
            order.append("second")
            return claim.token

    with ThreadPoolExecutor() as threads:
        with master.claim("report") as claim:
            later = threads.submit(second)
            with pytest.raises(TimeoutError):
                later.result(1)
            claim.check()
            order.append("first")
        token = later.result(SOON)

    assert ["first", "second"] == order
    assert claim.token < token
    assert [] == holders(database)
    assert [] == violations(database)


def test_only_the_end_of_the_block_releases(database: str, master: JoinedMaster) -> None:
    """
    A block that raises releases too, at once, and the claim may not be used after it.
    """
    seen: list[tuple[Claim, int]] = []

    @master.claim("other")
    def fail() -> None:
        with master.claim("report") as claim:
            seen.append((claim, len(holders(database))))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    ((claim, held),) = seen
    assert 2 == held
    with pytest.raises(ClaimLostError, match="released"):
        claim.check()
    assert [] == holders(database)
    assert ["released"] == [why for _, _, why in history(database, claim.fence.source)]


def test_threads_of_one_master_take_turns(database: str, master: JoinedMaster) -> None:
    """
    One master lets its own threads run a block one at a time as well.
    """
    inside = threading.Semaphore()
    tokens: SimpleQueue[int] = SimpleQueue()

    def work(_: int) -> None:
        with master.claim("report") as claim:
            assert inside.acquire(blocking=False)
            tokens.put(claim.token)
            inside.release()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(work, range(8), timeout=SOON))

    told = [tokens.get() for _ in range(8)]
    assert sorted(set(told)) == told
    assert [] == violations(database)


def test_different_names_do_not_wait(master: JoinedMaster) -> None:
    """
    Blocks of different names run side by side; a function may be such a block each time it is called.
    """

    @master.claim("cleanup", timeout=SOON)
    def clean_up() -> str:
        return "clean"

    with master.claim("report"):
        assert ["clean", "clean"] == [clean_up(), clean_up()]


def test_a_wait_that_is_too_long(database: str, master: JoinedMaster) -> None:
    """
    After the timeout the error names the holder, nothing is claimed any more, and the holder is not disturbed.
    """
    with headwater.join(database, "ci-b", timing=QUICK) as other:
        with master.claim("report") as claim:
            with pytest.raises(ClaimTimeoutError) as caught, other.claim("report", timeout=0.3):
                pass
            claim.check()
        with pytest.raises(ClaimTimeoutError), master.claim("report"), other.claim("report", timeout=0.3):
            pass

        assert isinstance(caught.value, TimeoutError)
        assert ("report", 0.3, master.name) == (caught.value.name, caught.value.seconds, caught.value.holder)
        assert [] == holders(database)


def test_another_takes_over_from_a_killed_process(database: str, master: JoinedMaster) -> None:
    """
    When the process of the holder is killed, another master runs after the expiry, under a higher token.
    """
    with holder(database, "ci-b", "report") as process:
        with pytest.raises(ClaimTimeoutError), master.claim("report", timeout=0.5):
            pass
        process.kill()
        killed = monotonic()
        with master.claim("report", timeout=SOON) as claim:
            took = monotonic() - killed
            claim.check()

    assert ["expired", "released"] == [why for _, _, why in history(database, 1)]
    assert QUICK.expiry - QUICK.heartbeat - 0.1 < took < QUICK.expiry + 5
    assert [] == violations(database)


def test_a_restart_takes_over_at_once(database: str) -> None:
    """
    A process that was killed on this machine is known to be gone by the next one with its given name.
    """
    slow = Timing(expiry=600, lease=60, heartbeat=0.2, statement=1)
    with holder(database, "ci-a", "report") as process:
        process.kill()
        process.wait()
        with headwater.join(database, "ci-a", timing=slow) as master, master.claim("report", timeout=SOON) as claim:
            claim.check()

    assert ["expired", "released"] == [why for _, _, why in history(database, 1)]


def test_a_claim_of_a_master_that_was_expired(database: str, master: JoinedMaster) -> None:
    """
    After a master was expired its open claim stays lost, though it has joined anew; a new one can be had.
    """
    lost: SimpleQueue[tuple[Claim, str]] = SimpleQueue()
    name = master.name
    with master.claim("report", on_lose=lambda *told: lost.put(told)) as claim, Store(database) as store:
        (life,) = store.masters()
        assert store.leave(life) == [claim.fence.source]
        told, why = lost.get(timeout=SOON)
        # Of the heartbeat and the look at the claims, either may see it first.
        assert why in {"this master was expired", "somebody else has ended the claim"}
        with pytest.raises(ClaimLostError, match=why):
            claim.check()
        with master.claim("report", timeout=SOON) as anew:
            anew.check()
            assert master.name != name
            assert (claim, why) == (told, claim.lost)

    assert claim.token < anew.token
    assert [] == holders(database)
    assert [] == violations(database)


def test_the_name_of_a_master_that_has_left(database: str) -> None:
    """
    Who has left still knows as whom.
    """
    with headwater.join(database, "ci-a", timing=QUICK) as master:
        name = master.name

    assert name.startswith("ci-a#")
    assert name == master.name


def test_a_claim_that_an_operator_ended(database: str, master: JoinedMaster) -> None:
    """
    Who is forced out of a claim is told within a heartbeat or so, and does not end the claim of the next holder.
    """
    lost: SimpleQueue[str] = SimpleQueue()
    with (
        headwater.join(database, "ci-b", timing=QUICK) as other,
        master.claim("report", on_lose=lambda _, why: lost.put(why)) as claim,
        Store(database) as store,
    ):
        store.force_release([claim.fence.source])
        with other.claim("report", timeout=SOON) as next_claim:
            why = lost.get(timeout=SOON)
            with pytest.raises(ClaimLostError):
                claim.check()
            next_claim.check()

    assert "somebody else has ended the claim" == why
    assert [] == violations(database)


def test_a_master_that_drains(database: str, master: JoinedMaster) -> None:
    """
    A master that is to hold nothing asks its blocks to end, waits for that, claims nothing, and does so afterwards.
    """
    told: SimpleQueue[str] = SimpleQueue()
    with Store(database) as store:
        limits = store.database.limits
        with master.claim("report", on_lose=lambda _, why: told.put(why)) as claim:
            store.ask(clustering.drain(limits, "ci-a", is_draining=True))
            assert "this master is drained" == told.get(timeout=SOON)
            claim.check()
            assert 1 == len(holders(database))
        assert [] == holders(database)
        with pytest.raises(ClaimTimeoutError), master.claim("report", timeout=1):
            pass
        store.ask(clustering.drain(limits, "ci-a", is_draining=False))
        with master.claim("report", timeout=SOON) as again:
            again.check()


def test_functions_that_fail_or_take_long(master: JoinedMaster, caplog: pytest.LogCaptureFixture) -> None:
    """
    A function that is told of a claim may raise, and may wait for the block to end: no heartbeat waits for it.
    """
    done = threading.Event()

    def told(_: Claim) -> None:
        assert done.wait(SOON)
        raise ZeroDivisionError

    with master.claim("report", on_gain=told) as claim:
        threading.Event().wait(QUICK.lease + 0.5)
        claim.check()
    done.set()
    master.close()

    assert "a function that was told of a claim has failed" in caplog.text


def test_a_database_of_buildbots(empty_database: str) -> None:
    """
    On a database of Buildbot's nobody joins, for there is no place for heartbeats there.
    """
    create(empty_database)

    with pytest.raises(WrongKindError):
        headwater.join(empty_database, "ci-a")
