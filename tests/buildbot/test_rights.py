"""Until when a master may poll: by its minute heartbeats and by its lease, after a pause and in any order."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from headwater.buildbot.rights import MinuteRight, WholeRight
from headwater.clock import boot_seconds
from tests.buildbot.scenes import awaited
from tests.buildbot.test_beats import SQLITE
from tests.buildbot.test_without_the_line import Clock
from tests.buildbot.within import MasterWithin, Source, master_within
from tests.conformance.rows import run
from tests.reactor import ReactorThread

EXPIRY = 600


class Always:
    """
    A lease that runs, whatever happens.
    """

    life = "one"

    def may_act(self) -> bool:
        """
        Tell that it does.
        """
        return True

    may_claim = may_act


@pytest.fixture
def within(leased_database: str, tmp_path: Path, reactor: ReactorThread) -> Iterator[MasterWithin]:
    """
    A master that runs, and has a lease.
    """
    with master_within(leased_database, tmp_path, reactor) as within:
        within.now(lambda: within.keeper.begin(failover=15))
        awaited(within.keeper._life, "a lease")
        within.now(lambda: within.told("masterActive"))
        yield within


def test_a_heartbeat_after_the_right_had_ended_begins_a_new_life() -> None:
    """
    Who is confirmed after others may have expired it proves each claim anew; in time, it goes on as it was.
    """
    clock = Clock()
    right = WholeRight(MinuteRight(clock), lambda: None)
    minute = right._minute
    minute.confirm(0)
    first = right.life
    clock.now = 60.0
    minute.confirm(60)
    in_time = right.life
    clock.now = 60.0 + EXPIRY
    lapsed = right.may_act()
    minute.confirm(clock.now)

    assert (first, False) == (in_time, lapsed)
    assert (True, False) == (right.may_act(), right.life == first)


def test_a_lease_that_runs_does_not_replace_the_heartbeat() -> None:
    """
    With a lease, a master may act while neither its heartbeat nor its lease has ended, and a change of either counts.
    """
    clock = Clock()
    minute = MinuteRight(clock)
    right = WholeRight(minute, Always)
    minute.confirm(0)
    before = right.life
    minute.begin_anew()

    assert right.may_act()
    assert before != right.life
    clock.now = 1.0 + EXPIRY
    assert not right.may_act()
    assert right.may_claim()


@SQLITE
@pytest.mark.parametrize("first", ["heartbeat", "claim", "poll"])
def test_who_was_expired_polls_nothing_that_another_holds(
    within: MasterWithin, first: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A master sleeps until one without the line has expired it; whatever it does first when it wakes, it does not poll.
    """
    source = Source(name="linux", pollInterval=3600)
    within.do(lambda: within.configure([source]))
    within.now(lambda: _sleep(within, monkeypatch))
    if first == "claim":
        within.do(lambda: within.configure([source, Source(name="git", pollInterval=3600)]))
    if first != "poll":
        within.now(lambda: within.told("masterActive"))
    within.now(lambda: source.doPoll.fn(source))

    assert (0, set()) == (source.polls, within.holds() - {"git"})


def _sleep(within: MasterWithin, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Let more than ten minutes go by at once, in which a master without the line expires this one, and claims.
    """

    def later() -> float:
        return boot_seconds() + EXPIRY + 60

    for module in ("beats", "sources"):
        monkeypatch.setattr(f"headwater.buildbot.{module}.boot_seconds", later)
    monkeypatch.setattr(within.keeper._beats._right._lease, "_clock", later)
    run(
        within.url,
        "UPDATE masters SET active = 0",
        "INSERT INTO masters (name, name_hash, active, last_active) SELECT 'two', 'two', 1, last_active FROM masters",
        "UPDATE changesource_masters SET masterid = (SELECT id FROM masters WHERE name = 'two')",
    )
