"""A master that is drained no more claims once what is its share, however old its picture of the others is."""

from __future__ import annotations

from queue import Empty, SimpleQueue

import pytest

from headwater import Claim, Settings, Store, Timing
from headwater.cluster.engine import Engine
from headwater.store import clustering
from tests.conformance.rows import history

SOON = 60.0

SLOW = Timing(heartbeat=1.0, statement=0.5, lease=3.0, expiry=4.2)
"""Between two heartbeats there are looks that see more than the last heartbeat did."""


def test_nothing_is_claimed_and_handed_over_in_turns(database: str) -> None:
    """
    Each drain is one hand-over and each end of it one claim.
    """
    gained: SimpleQueue[Claim] = SimpleQueue()
    lost: SimpleQueue[str] = SimpleQueue()

    def stop(claim: Claim, why: str) -> None:
        lost.put(why)
        engine.stopped(claim)

    with Store(database) as store:
        source = store.register(["api"])["api"]
        store.configure(source, Settings(kind="git", url="https://git.example/api.git"))
        engine = Engine(store, name="ci-a", kinds=["git"], timing=SLOW, on_gain=gained.put, on_lose=stop)
        engine.start()
        gained.get(timeout=SOON)
        for _ in range(2):
            store.ask(clustering.drain(store.database.limits, "ci-a", is_draining=True))
            lost.get(timeout=SOON)
            while store.sources(active=True):
                pass
            store.ask(clustering.drain(store.database.limits, "ci-a", is_draining=False))
            gained.get(timeout=SOON).check()
            with pytest.raises(Empty):
                lost.get(timeout=2 * SLOW.heartbeat)
        engine.stop()

    assert ["handed over", "handed over", "released"] == [why for _, _, why in history(database, source)]
