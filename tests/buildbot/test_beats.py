"""The heartbeat of a master, and who is expired by it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.buildbot.within import MasterWithin, Source, master_within
from tests.conformance.rows import run
from tests.reactor import ReactorThread

SQLITE = pytest.mark.parametrize("buildbot_database", [pytest.param("sqlite", marks=pytest.mark.sqlite)], indirect=True)

pytestmark = SQLITE


class Ahead:
    """
    A reactor by whose clock it is a quarter of an hour later.
    """

    def __init__(self, reactor: Any) -> None:  # noqa: ANN401 - Twisted's
        self._reactor = reactor

    def seconds(self) -> float:
        """
        Return the wall clock's time, as this host has it.
        """
        return float(self._reactor.seconds() + 900)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever Twisted has
        return getattr(self._reactor, name)


@pytest.fixture
def within(buildbot_database: str, tmp_path: Path, reactor: ReactorThread) -> Iterator[MasterWithin]:
    """
    A master that runs and holds a source.
    """
    with master_within(buildbot_database, tmp_path, reactor) as within:
        within.do(lambda: within.configure([Source(name="linux", pollInterval=3600)]))
        within.now(lambda: within.told("masterActive"))
        yield within


def test_a_clock_that_is_ahead_expires_nobody_who_lives(within: MasterWithin) -> None:
    """
    A master by whose wall clock its own last heartbeat is fifteen minutes old neither expires itself nor loses claims.
    """
    within.master.reactor = Ahead(within.master.reactor)
    within.now(lambda: within.told("masterActive"))
    within.now(within.master.data.updates.expireMasters)

    assert ((1,), {"linux"}) == (within.row(), within.holds())


def test_who_stops_is_inactive_however_short_a_time_ago_it_beat(within: MasterWithin) -> None:
    """
    A master that says that it has stopped is marked inactive at once, and its claims are ended.
    """
    within.now(lambda: within.told("masterStopped"))

    assert ((0,), set()) == (within.row(), within.holds())


def test_who_was_silent_for_too_long_expires_itself_like_any_other(within: MasterWithin) -> None:
    """
    A master whose heartbeats failed for more than ten minutes may expire itself, and beats again.
    """
    run(within.url, "UPDATE masters SET last_active = last_active - 700")
    within.now(within.master.data.updates.expireMasters)
    expired = (within.row(), within.holds())
    within.now(lambda: within.told("masterActive"))

    assert ((0,), set()) == expired
    assert (1,) == within.row()
