"""The engine goes on, or says what it could not do, while the database is away."""

from __future__ import annotations

import logging

import pytest

from headwater import DatabaseUnavailableError
from headwater.cluster.timing import Timing
from headwater.store import clustering, verbs
from headwater.store.performer import Verb
from tests.cluster.conftest import Make
from tests.cluster.listening import QUICK, HeardEngine, HeardStore
from tests.conformance.rows import history


@pytest.mark.parametrize("verb", [verbs.HEARTBEAT, verbs.RELEASE, verbs.LEAVE], ids=["heartbeat", "release", "leave"])
def test_an_engine_that_stops_while_the_database_is_shortly_away(
    store: HeardStore, engine: HeardEngine, verb: Verb
) -> None:
    """
    An engine that cannot leave at once tries again, and everything is given back.
    """
    (api,) = store.add("api")
    engine.start()
    claim = engine.next_gained()

    engine.heard.away[verb] = 2
    engine.stop()

    assert not claim.may_act
    assert ["released"] == [why for _, _, why in history(store.url, api)]
    assert [False] == [master.active for master in store.masters()]


def test_an_engine_that_stops_while_the_database_is_away(store: HeardStore, make: Make) -> None:
    """
    An engine that cannot leave says who ends its claims; nothing may be done any more under them.

    Whoever stops it once more, when the database is back, has it leave after all.
    """
    (api,) = store.add("api")
    engine = make(timing=QUICK)
    engine.start()
    claim = engine.next_gained()

    engine.heard.away[verbs.HEARTBEAT] = 1_000_000
    with pytest.raises(DatabaseUnavailableError, match=r"no answer; .* could not leave, .* take over after 1 s$"):
        engine.stop()
    assert (False, "this master has left") == (claim.may_act, claim.lost)
    assert [None] == [why for _, _, why in history(store.url, api)]
    engine.heard.away.clear()
    engine.stop()

    assert ["released"] == [why for _, _, why in history(store.url, api)]
    assert engine.master is None


def test_a_database_that_is_away_for_a_while(
    store: HeardStore, engine: HeardEngine, caplog: pytest.LogCaptureFixture
) -> None:
    """
    A heartbeat or a look that fails is logged, and the next ones are tried all the same.
    """
    engine.heard.away |= {verbs.HEARTBEAT: 2, clustering.PEERS: 2, verbs.CLAIMABLE: 2}
    store.add("api")
    with caplog.at_level(logging.WARNING):
        engine.start()
        engine.next_gained()

    said = sorted(record.message for record in caplog.records)
    assert ["no heartbeat: "] * 4 + ["nothing claimed: "] * 2 == [message[: message.index(":") + 2] for message in said]
    assert engine.lost_claims.empty()


def test_a_database_that_is_away_is_not_asked_all_the_time(store: HeardStore, make: Make) -> None:
    """
    News that cannot be told waits for the next heartbeat that is due; nothing is tried faster for it.
    """
    engine = make(timing=Timing(heartbeat=2, lease=30, expiry=60, quiet=0.3, unclaimed=0.3))
    store.add("api")
    engine.start()
    engine.heard.away[verbs.HEARTBEAT] = 1000

    engine.next_gained()
    store.add("web")
    engine.next_gained()

    assert engine.heard.away[verbs.HEARTBEAT] > 990
