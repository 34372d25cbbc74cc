"""A master that cannot prove its life stops what it runs, and goes on when it can again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from headwater import ClaimLostError
from headwater.clock import boot_seconds
from headwater.store import verbs
from tests.cluster.conftest import Make
from tests.cluster.listening import QUICK, SOON, HeardEngine, HeardStore
from tests.conformance.invariants import violations
from tests.conformance.rows import history

FOR_EVER = 1_000_000


@contextmanager
def answering(engine: HeardEngine) -> Iterator[None]:
    """
    Tell an engine ten times a second that what runs its sources is not stuck.
    """
    ended = threading.Event()

    def answer() -> None:
        engine.alive()
        while not ended.wait(0.1):
            engine.alive()

    thread = threading.Thread(target=answer)
    thread.start()
    yield
    ended.set()
    thread.join()


def test_a_lease_that_runs_out(store: HeardStore, make: Make) -> None:
    """
    When no heartbeat was confirmed for the length of the lease, everything is told to stop, and nothing may act.
    """
    store.add("api", "web")
    engine = make(timing=QUICK)
    engine.start()
    claims = {engine.next_gained(), engine.next_gained()}

    engine.heard.away[verbs.HEARTBEAT] = FOR_EVER
    lost = [engine.next_lost() for _ in claims]

    assert claims == {claim for claim, _ in lost}
    assert {"no heartbeat was confirmed for 0.7 s"} == {why for _, why in lost}
    assert all(claim.deadline <= boot_seconds() for claim in claims)
    for claim in claims:
        with pytest.raises(ClaimLostError):
            claim.check()


def test_a_lease_that_runs_again(store: HeardStore, make: Make) -> None:
    """
    A heartbeat that is confirmed after the lease has run out lets the same claims run again, in the same life.
    """
    (api,) = store.add("api")
    engine = make(timing=QUICK)
    master = engine.start()
    claim = engine.next_gained()
    engine.heard.away[verbs.HEARTBEAT] = FOR_EVER
    engine.next_lost()

    engine.heard.away.clear()
    again = engine.next_gained()

    assert claim is again
    again.check()
    assert master == engine.master
    assert [(claim.token, master.id, None)] == history(store.url, api)


def test_what_still_runs_does_not_begin_again(store: HeardStore, make: Make) -> None:
    """
    What was told to stop when the lease ran out begins again when it has stopped, and not before.
    """
    store.add("api")
    engine = make(timing=QUICK)
    engine.start()
    claim = engine.next_gained()
    engine.is_busy = True
    engine.heard.away[verbs.HEARTBEAT] = FOR_EVER
    engine.next_lost()

    engine.heard.away.clear()
    engine.heard.few_looks()
    was_told = not engine.gained.empty()
    engine.stopped(claim)

    assert not was_told
    assert claim is engine.next_gained()


def test_nothing_is_claimed_while_the_lease_has_run_out(store: HeardStore, make: Make) -> None:
    """
    A master that has lapsed leaves what is free to others, though it can see it.
    """
    store.add("api")
    engine = make(timing=QUICK)
    engine.start()
    engine.next_gained()
    engine.heard.away[verbs.HEARTBEAT] = FOR_EVER
    engine.next_lost()

    (web,) = store.add("web")
    engine.heard.few_looks()
    held = store.held_by(engine.master)
    engine.heard.away.clear()

    assert web not in held
    assert {"api", "web"} == {engine.next_gained().source, engine.next_gained().source}


def test_a_stuck_loop_stops_the_heart(store: HeardStore, make: Make) -> None:
    """
    A master whose sources are run by something that does not answer proves nothing, until it answers again.
    """
    store.add("api")
    engine = make(timing=QUICK, must_answer_within=0.3)
    engine.start()
    with answering(engine):
        claim = engine.next_gained()
        engine.heard.beats.get(timeout=SOON)

    lost, _ = engine.next_lost()
    with answering(engine):
        again = engine.next_gained()

    assert claim is lost is again


def test_a_master_that_lives_on_without_a_heart(store: HeardStore, make: Make) -> None:
    """
    Others take over from a master whose heart stands still, when it has stopped; it comes back as a new life.
    """
    (api,) = store.add("api")
    stuck = make(timing=QUICK)
    stuck.start()
    before = stuck.next_gained()
    other = make("ci-b", timing=QUICK)
    other.start()

    stuck.heard.away[verbs.HEARTBEAT] = FOR_EVER
    lapsed, _ = stuck.next_lost()
    after = other.next_gained()
    could_act = before.may_act
    stuck.heard.away.clear()
    while stuck.master is None or stuck.master.id == before.fence.master:
        stuck.heard.beats.get(timeout=SOON)
    stuck.heard.few_looks()
    store.add("web")
    later = stuck.next_gained()

    assert lapsed is before
    assert not could_act
    assert after.token > before.token
    first, second, *_ = history(store.url, api)
    assert [(before.fence.master, "expired"), after.fence.master] == [first[1:], second[1]]
    assert later.fence.master not in {before.fence.master, after.fence.master}
    assert "this master was expired" == before.lost
    assert [] == violations(store.url)


def test_an_observer_that_cannot_beat_expires_nobody(store: HeardStore, make: Make) -> None:
    """
    With the writes of everybody stalled, everybody looks dead: nobody is expired, and all go on afterwards.
    """
    engines = [make("ci-a", timing=QUICK), make("ci-b", timing=QUICK)]
    masters = [engine.start() for engine in engines]
    for engine in engines:
        engine.heard.few_looks()
    ids = store.add("api", "web")
    claims = [engine.next_gained() for engine in engines]

    for engine in engines:
        engine.heard.away[verbs.HEARTBEAT] = 8
    lost = [engine.next_lost().claim for engine in engines]
    again = [engine.next_gained() for engine in engines]

    assert claims == lost == again
    assert masters == [engine.master for engine in engines]
    assert [[None]] * 2 == [[why for _, _, why in history(store.url, id_)] for id_ in ids]
