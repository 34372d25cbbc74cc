"""What becomes of a block when the database fails, and when the master leaves around it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import TypeVar

import pytest

import headwater
from headwater import (
    ClaimLostError,
    DatabaseUnavailableError,
    JoinedMaster,
    Master,
    OutcomeUnknownError,
    Store,
    StoreClosedError,
    Timing,
)
from headwater.store import verbs
from headwater.store.claims import Token
from headwater.store.requests import Request
from tests.cluster.quick import QUICK
from tests.cluster.test_joining import SOON, holders
from tests.conformance.invariants import violations
from tests.conformance.rows import history, run

A = TypeVar("A")

SHORT = Timing(heartbeat=0.1, statement=0.3, lease=0.6, expiry=0.9)


class FaultyStore(Store):
    """
    A store whose heartbeats, claims or releases fail as a test wants it.
    """

    def __init__(self, database: str) -> None:
        super().__init__(database)
        self.is_away = False
        self.claims_lost = 0
        self.releases_failed = 0

    def ask(self, request: Request[A]) -> A:
        """
        Ask, unless it is a heartbeat and the database is away.
        """
        if self.is_away and request.verb is verbs.HEARTBEAT:
            raise DatabaseUnavailableError("the database", "is away")
        return super().ask(request)

    def claim(self, ids: object, master: Master | int) -> dict[int, Token]:
        """
        Claim, and lose the answer if the test wants it.
        """
        won = super().claim(ids, master)  # type: ignore[arg-type] # passed on
        if self.claims_lost:
            self.claims_lost -= 1
            raise OutcomeUnknownError("the database", "went away")
        return won

    def release(self, tokens: object, master: Master | int) -> list[int]:
        """
        Release, unless the test wants it to fail.
        """
        if self.releases_failed:
            self.releases_failed -= 1
            raise DatabaseUnavailableError("the database", "is away")
        return super().release(tokens, master)  # type: ignore[arg-type] # passed on


def test_a_lease_that_lapses_and_comes_back(database: str) -> None:
    """
    While no heartbeat is confirmed `check` raises; when one is, the same claim is good again. Both are told.
    """
    told: SimpleQueue[str] = SimpleQueue()
    store = FaultyStore(database)
    with (
        JoinedMaster(store, "ci-a", SHORT) as master,
        master.claim("report", on_gain=lambda _: told.put("gain"), on_lose=lambda _, why: told.put(why)) as claim,
    ):
        assert "gain" == told.get(timeout=SOON)
        for _ in range(2):
            store.is_away = True
            assert "no heartbeat was confirmed for 0.6 s" == told.get(timeout=SOON)
            with pytest.raises(ClaimLostError, match="no heartbeat was confirmed in time"):
                claim.check()
            store.is_away = False
            assert "gain" == told.get(timeout=SOON)
            claim.check()

    assert ["released"] == [why for _, _, why in history(database, 1)]


def test_a_claim_whose_answer_was_lost(database: str) -> None:
    """
    A claim that was won without this master hearing of it is given back, and then won by whoever waits.
    """
    store = FaultyStore(database)
    store.claims_lost = 1
    with JoinedMaster(store, "ci-a", QUICK) as master, master.claim("report", timeout=SOON) as claim:
        claim.check()

    assert ["released", "released"] == [why for _, _, why in history(database, 1)]
    assert [] == violations(database)


def test_a_release_that_fails(database: str) -> None:
    """
    A block whose claim cannot be given back ends all the same, and the claim is given back later.
    """
    store = FaultyStore(database)
    with JoinedMaster(store, "ci-a", QUICK) as master:
        store.releases_failed = 1
        with master.claim("report"):
            pass
        with master.claim("report", timeout=SOON) as claim:
            claim.check()

    assert ["released", "released"] == [why for _, _, why in history(database, 1)]


def test_leaving_waits_for_blocks(database: str) -> None:
    """
    A master that leaves asks its blocks to end, and leaves when they have; whoever still waits is told that it left.
    """
    told: SimpleQueue[str] = SimpleQueue()
    ready, ends = threading.Event(), threading.Event()
    master = headwater.join(database, "ci-a", timing=QUICK)

    def hold() -> None:
        with master.claim("report", on_lose=lambda _, why: told.put(why)) as claim:
            ready.set()
            assert ends.wait(SOON)
            with pytest.raises(ClaimLostError, match="this master leaves"):
                claim.check()
            assert 1 == len(holders(database))

    def wait() -> None:
        with master.claim("report"):
            pass

    with ThreadPoolExecutor() as threads:
        holding = threads.submit(hold)
        assert ready.wait(SOON)
        waiting = threads.submit(wait)
        with pytest.raises(TimeoutError):
            waiting.result(0.5)
        closing = threads.submit(master.close)
        assert "this master leaves" == told.get(timeout=SOON)
        assert isinstance(waiting.exception(SOON), StoreClosedError)
        ends.set()
        holding.result(SOON)
        closing.result(SOON)

    with pytest.raises(StoreClosedError), master.claim("report"):
        pass
    master.close()
    assert [] == holders(database)
    assert [(0,)] == run(database, "SELECT active FROM masters")
