"""What is left by masters that are gone: it is ended in slices, and keeps nobody from anything else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from headwater import Master, Store
from headwater.cluster.membership import Membership
from headwater.store import clustering, verbs
from headwater.store.session import Session
from headwater.values import Peer
from tests.cluster.listening import HeardStore
from tests.conformance.invariants import violations
from tests.conformance.rows import mark, run, run_all
from tests.unit.clocks import FakeClock

MOST = 1000
"""Claims that one transaction ends at the most."""

End = Callable[[Store, Master], object]

ENDS: list[tuple[str, End]] = [
    ("released", lambda store, master: store.leave(master)),
    ("expired", lambda store, master: store.expire(master, beat=1)),
    ("expired", lambda store, master: store.ask(verbs.set_state(master.id, active=False))),
]


@pytest.fixture
def holder(store: HeardStore) -> Master:
    """
    A master that holds three thousand sources.
    """
    return holder_of(store, 3000)


def holder_of(store: HeardStore, count: int) -> Master:
    """
    Let a master join and claim so many sources that can be run.
    """
    master = store.join("ci-dead")
    ids = store.register(f"source {number}" for number in range(count)).values()
    store.claim(ids, master)
    configure = "INSERT INTO source_settings (changesourceid, kind, url) SELECT id, 'git', 'x' FROM changesources"
    run(store.url, configure)
    return master


def peer_of(store: Store, master: Master) -> Peer:
    """
    Return a master that lives as the others see it.
    """
    return next(peer for peer in store.ask(clustering.living(store.database.limits)) if peer.id == master.id)


def expire(store: Store, master: Master) -> list[int] | None:
    """
    End a life as a member of the cluster does.
    """
    return store.ask(clustering.expire(store.database.limits, peer_of(store, master)))


@contextmanager
def transactions(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """
    Count how many claims each transaction ends.
    """
    ended: list[int] = []
    once = Session._once

    def counted(session: Session, sql: str, values: dict[str, Any] | None) -> Any:  # noqa: ANN401 - passed on
        answer = once(session, sql, values)
        if sql == session.dialect.begin:
            ended.append(0)
        if sql.lstrip().startswith("DELETE FROM changesource_masters"):
            ended[-1] += answer[1]
        return answer

    with monkeypatch.context() as patch:
        patch.setattr(Session, "_once", counted)
        yield ended


@pytest.mark.parametrize(("why", "end"), ENDS, ids=["leave", "expire", "inactive"])
def test_a_great_holder_ends_in_slices(
    store: HeardStore, holder: Master, monkeypatch: pytest.MonkeyPatch, why: str, end: End
) -> None:
    """
    No transaction ends more than a thousand claims, and in the end all are free, each with its history.
    """
    held = sorted(store.held_by(holder))
    with transactions(monkeypatch) as ended:
        answer = end(store, holder)

    assert (MOST, 3000) == (max(ended), sum(ended))
    assert answer in (held, True)
    assert [(why, 3000)] == run(store.url, "SELECT why, COUNT(*) FROM claim_history GROUP BY why")
    assert [(3000,)] == run(store.url, "SELECT COUNT(*) FROM source_settings WHERE claimable_at IS NOT NULL")
    assert [] == violations(store.url)


def test_a_member_frees_the_first_and_sweeps_the_rest(
    store: HeardStore, holder: Master, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Expiry by a member of the cluster is one transaction, of a thousand claims; each sweep then ends as many.
    """
    with transactions(monkeypatch) as ended:
        freed = [expire(store, holder) or [], *(store.release_left() for _ in range(3))]

    assert [MOST] * 3 == ended
    assert [MOST] * 3 + [0] == [len(some) for some in freed]
    assert [("expired", 3000)] == run(store.url, "SELECT why, COUNT(*) FROM claim_history GROUP BY why")
    assert [] == violations(store.url)


def test_what_was_taken_over_meanwhile_is_not_swept(store: HeardStore) -> None:
    """
    A claim that was left and that somebody took over before its slice came is theirs.
    """
    dead, heir = holder_of(store, 1500), store.join("ci-heir")
    ids = sorted(store.held_by(dead))
    expire(store, dead)
    left = sorted(store.held_by(dead))
    taken = set(store.claim(left[:100], heir))

    swept = store.release_left()

    assert set(left[:100]) == taken == store.held_by(heir)
    assert left[100:] == swept
    assert 1500 == len(ids)
    assert [] == violations(store.url)


def test_who_is_active_again_keeps_its_claims(store: HeardStore) -> None:
    """
    A master that was inactive and is active again, as Buildbot's masters are, loses nothing to a sweep.
    """
    master = holder_of(store, 3)
    mark(store.url, master.id, active=False)
    mark(store.url, master.id, active=True)

    assert [] == store.release_left()
    assert 3 == len(store.held_by(master))


@pytest.mark.parametrize("database", [pytest.param("sqlite", marks=pytest.mark.sqlite)], indirect=True)
def test_a_holder_without_a_row(store: HeardStore) -> None:
    """
    Where foreign keys were off, a claim may name a master that is not there: it is swept beside those that are kept.
    """
    master = holder_of(store, 3)
    nobody = "UPDATE changesource_masters SET masterid = 77 WHERE changesourceid = 2"
    run_all(store.url, "PRAGMA foreign_keys = OFF", nobody)

    assert [2] == store.release_left()
    assert {1, 3} == store.held_by(master)


def test_what_many_masters_left_is_found(store: HeardStore) -> None:
    """
    A claim of one among hundreds of inactive masters is found.
    """
    fields = "(name, name_hash, active, last_active)"
    rows = ", ".join(f"('dead {number}', 'dead {number}', 0, 0)" for number in range(250))
    run(store.url, f"INSERT INTO masters {fields} VALUES {rows}")
    last = holder_of(store, 3)
    mark(store.url, last.id, active=False)

    assert [1, 2, 3] == store.release_left()
    assert [] == store.release_left()


def test_a_survivor_frees_and_claims_by_turns(store: HeardStore) -> None:
    """
    A survivor claims what it has freed before it frees more, and looks again at once until all is its own.
    """
    dead = holder_of(store, 2500)
    clock = FakeClock()
    survivor = Membership(store, name="ci-a", kinds=["git"], clock=clock)
    me = survivor.join()
    watch(survivor, clock, 10)
    held = [len(store.held_by(me))]
    while survivor.look() == 0:
        held.append(len(store.held_by(me)))

    assert [MOST, 2 * MOST, 2500] == list(Counter(held))
    assert set() == store.held_by(dead)


def test_an_expiry_that_fails(store: HeardStore) -> None:
    """
    Who cannot end a life goes on to claim what is free, and ends the life at a later look.
    """
    dead = holder_of(store, 1)
    (free,) = store.add("api")
    clock = FakeClock()
    survivor = Membership(store, name="ci-a", kinds=["git"], clock=clock)
    me = survivor.join()
    watch(survivor, clock, 10, look=False)
    store.away[verbs.EXPIRE] = 1
    survivor.look()
    first = store.held_by(me)
    watch(survivor, clock, 2)

    assert {free} == first
    assert set() == store.held_by(dead)


@pytest.mark.parametrize("verb", [verbs.RELEASE_LEFT, verbs.FORGET], ids=["claims", "rows"])
def test_a_sweep_that_fails(store: HeardStore, verb: Any, caplog: pytest.LogCaptureFixture) -> None:  # noqa: ANN401
    """
    Who cannot sweep claims all the same, tells it once, and tries again after longer and longer times.
    """
    (free,) = store.add("api")
    clock = FakeClock()
    survivor = Membership(store, name="ci-a", kinds=["git"], clock=clock)
    me = survivor.join()
    store.away[verb] = 1000
    watch(survivor, clock, 60)

    assert {free} == store.held_by(me)
    assert 5 == 1000 - store.away[verb]
    assert 1 == sum("swept later" in record.message for record in caplog.records)


def test_a_sweep_that_works_again(store: HeardStore) -> None:
    """
    What could not be swept for a while is swept afterwards.
    """
    dead = holder_of(store, 3)
    mark(store.url, dead.id, active=False)
    clock = FakeClock()
    survivor = Membership(store, name="ci-a", kinds=["git"], clock=clock)
    me = survivor.join()
    store.away[verbs.RELEASE_LEFT] = 2
    watch(survivor, clock, 10)

    assert 3 == len(store.held_by(me))


def watch(survivor: Membership, clock: FakeClock, seconds: int, *, look: bool = True) -> None:
    """
    Let a member beat, and look, every two seconds.
    """
    for _ in range(seconds // 2 + 1):
        survivor.beat()
        if look:
            survivor.look()
        clock.advance(2)
