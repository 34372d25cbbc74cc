"""What the plugin does in a master beside its claims: begins a lease, looks each second, and ends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from twisted.internet.defer import Deferred

from headwater.buildbot import keeper
from headwater.buildbot.lease import Lease
from tests.buildbot.scenes import awaited
from tests.buildbot.test_beats import SQLITE
from tests.buildbot.within import MasterWithin, Source, master_within, seen_in_the_log
from tests.conformance.rows import run
from tests.reactor import ReactorThread

pytestmark = SQLITE


@pytest.fixture
def within(leased_database: str, tmp_path: Path, reactor: ReactorThread) -> Iterator[MasterWithin]:
    """
    A master that starts, without sources.
    """
    with master_within(leased_database, tmp_path, reactor) as within:
        yield within


def test_there_is_a_lease_before_the_first_claim(within: MasterWithin, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A source that is claimed right after a lease was asked for, which is slow to come, is claimed by a master with it.
    """
    begin = Lease._begin
    monkeypatch.setattr(Lease, "_begin", lambda lease: lease._stopping.wait(0.5) or begin(lease))
    lives: list[str | None] = []

    class Tells(Source):
        def activate(self) -> Deferred[None]:
            lives.append(within.keeper._life())
            return super().activate()  # type: ignore[no-any-return] # Buildbot has no types

    within.now(lambda: within.keeper.begin(failover=15))
    within.do(lambda: within.configure([Tells(name="linux")]))

    assert [True] == [life is not None for life in lives]


def test_a_lease_that_does_not_come_delays_no_claim_for_long(
    within: MasterWithin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    When it is not known in time whether there is to be a lease, sources are claimed without one.
    """
    monkeypatch.setattr(keeper, "_PATIENCE", 0.1)
    monkeypatch.setattr(Lease, "_begin", lambda lease: lease._stopping.wait(60))
    within.now(lambda: within.keeper.begin(failover=15))
    within.do(lambda: within.configure([Source(name="linux")]))

    assert {"linux"} == within.holds()


def test_a_lease_that_cannot_be_ended_does_not_keep_the_master(
    within: MasterWithin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Whatever goes wrong while a master's lease is ended, the end of the master goes on, and the log tells what it was.
    """
    stop = Lease.stop

    def fail(lease: Lease) -> None:
        stop(lease)
        raise RuntimeError("injected")

    monkeypatch.setattr(Lease, "stop", fail)
    within.now(lambda: within.keeper.begin(failover=15))
    with seen_in_the_log() as lines:
        within.do(within.keeper.stop)

    assert [True] == ["while the lease of this master was ended" in line and "injected" in line for line in lines]


def test_a_tick_that_fails_is_not_the_last_one(within: MasterWithin, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Whatever goes wrong in a tick, what has become free is looked at in that one, and in the next ones.
    """
    ticks: list[str] = []

    def fail() -> None:
        ticks.append("tick")
        raise RuntimeError("injected")

    monkeypatch.setattr(within.keeper._notes, "write", fail)
    source = Source(name="linux")
    within.held_elsewhere(source)
    within.do(lambda: within.configure([source]))
    awaited(lambda: len(ticks) > 1 or None, "the tick after the one that failed", 10)
    run(within.url, "DELETE FROM changesource_masters")

    awaited(lambda: within.holds() or None, "a claim of what has become free", 10)
