"""Masters with the line beside masters without: who has no lease is judged by Buildbot's rules alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from headwater.buildbot.lease import LeaseStore, timing
from headwater.cluster.membership import Membership
from headwater.store import verbs
from tests.conformance.rows import run

HOUR = 3600.0


class Clock:
    """
    A clock that somebody turns: call it for its seconds.
    """

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """
        Return its seconds.
        """
        return self.now


@pytest.fixture
def store(leased_database: str) -> Iterator[LeaseStore]:
    """
    The store of a master's lease, on a database of Buildbot's with the table and two masters, the first a holder.
    """
    with LeaseStore(leased_database) as store:
        for name in ("one", "two"):
            store.ask(verbs.find_master(store.database.limits, name))
        run(leased_database, "UPDATE masters SET active = 1, last_active = 1000")
        store.ask(verbs.claim_for(store.register(["linux"])["linux"], _id_of(leased_database, "one")))
        yield store


SQLITE = pytest.mark.parametrize("buildbot_database", [pytest.param("sqlite", marks=pytest.mark.sqlite)], indirect=True)


@SQLITE
def test_who_has_no_lease_loses_nothing_in_an_hour(store: LeaseStore, buildbot_database: str) -> None:
    """
    A master without the line has no lease: in an hour of another's heartbeats nothing is taken from it.
    """
    _live_for(store, HOUR)

    assert 1 == _held(buildbot_database)


@SQLITE
def test_who_runs_on_without_the_line_loses_nothing(store: LeaseStore, buildbot_database: str) -> None:
    """
    A master that was killed with the line and runs again without it is not judged by the lease that it left.
    """
    store.join("one")
    run(buildbot_database, "UPDATE masters SET last_active = 1003 WHERE name = 'one'")
    _live_for(store, HOUR)

    assert 1 == _held(buildbot_database)


def test_whose_lease_runs_out_loses_its_claims_and_stays_active(store: LeaseStore, buildbot_database: str) -> None:
    """
    A master whose lease has run out loses its claims, and nothing else: what more there is to do is Buildbot's.
    """
    store.join("one")
    _live_for(store, 14)
    before = _held(buildbot_database)
    _live_for(store, 20)

    assert (1, 0) == (before, _held(buildbot_database))
    assert [(1, 1000)] == run(buildbot_database, "SELECT active, last_active FROM masters WHERE name = 'one'")


def test_who_was_ended_hears_of_it_and_joins_anew(store: LeaseStore) -> None:
    """
    A heartbeat of a lease that others have ended is not confirmed; a new one begins, and beats.
    """
    ended = store.join("one")
    _live_for(store, 20)
    life = store.join("one")

    assert (False, True) == (store.heartbeat(ended), store.heartbeat(life))
    assert ended.name != life.name


def test_leaving_ends_no_claim(store: LeaseStore, buildbot_database: str) -> None:
    """
    Who takes the line away keeps its sources, and nobody judges it any more.
    """
    store.leave(store.join("one"))
    _live_for(store, 20)

    assert 1 == _held(buildbot_database)


def _live_for(store: LeaseStore, seconds: float) -> None:
    """
    Let the master "two" beat and look for so long, by a clock of its own.
    """
    clock = Clock()
    membership = Membership(store, name="two", timing=timing(15), clock=clock)
    membership.join()
    while clock.now < seconds:
        membership.beat()
        membership.look()
        clock.now += 2


def _held(url: str) -> int:
    return len(run(url, "SELECT * FROM changesource_masters"))


def _id_of(url: str, name: str) -> int:
    return int(str(run(url, "SELECT id FROM masters WHERE name = :name", name=name)[0][0]))
