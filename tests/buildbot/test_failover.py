"""Masters that take over from each other in seconds, with a table of leases; and one that wakes after that."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from headwater.clock import boot_seconds
from tests.buildbot.masters import LINE, Config, masters
from tests.buildbot.scenes import alike, all_polled, awaited, claims, first_poll, overlaps, start_all
from tests.buildbot.test_starting import DIES_CLAIMING, NETWORK
from tests.conformance.rows import run

SOURCES = 3

FAST = LINE.format(arguments="failover=10")

# A machine that is busy with other tests may need longer for a lease than a start should wait.
PATIENT = "from headwater.buildbot import keeper; keeper._PATIENCE = 60"


@NETWORK
@pytest.mark.slow
def test_holders_change_and_no_source_is_polled_twice(leased_database: str, tmp_path: Path) -> None:
    """
    A clean stop, a pause beyond expiry and `kill -9`: the other master polls soon, and the one that wakes never does.
    """
    url = leased_database
    with alike(tmp_path, 2, Config(url=url, sources=SOURCES, line=FAST)) as (one, two):
        start_all([one])
        start_all([two])
        all_polled([one], 0, SOURCES)
        _wait_for_leases(url, 2)

        stopped = boot_seconds()
        one.stop()
        assert first_poll(two, stopped) - stopped < 10
        start_all([one])
        _wait_for_leases(url, 2)

        two.signal(signal.SIGSTOP)
        all_polled([one], boot_seconds(), SOURCES)
        woken = boot_seconds()
        two.signal(signal.SIGCONT)
        two.log.wait_for_line("joined anew")
        all_polled([one], boot_seconds(), SOURCES)
        assert [] == [poll for poll in two.polls() if poll.at > woken]
        assert {one.name} == set(claims(url).values())
        two.stop()
        assert {one.name} == set(claims(url).values())

        start_all([two])
        _wait_for_leases(url, 2)
        one.kill()
        all_polled([two], boot_seconds(), SOURCES)
        assert [] == overlaps([one, two])
        assert [(1,)] == run(url, "SELECT active FROM masters WHERE name = :name", name=one.name)


@NETWORK
@pytest.mark.slow
def test_who_is_killed_with_its_first_claim_is_taken_over_in_seconds(leased_database: str, tmp_path: Path) -> None:
    """
    A master has its lease before its first claim: one that is killed right after that claim is taken over like any.
    """
    url = leased_database
    dies = Config(url=url, line=FAST, more=f"{PATIENT}\n{DIES_CLAIMING}")
    with masters(tmp_path, [dies, Config(url=url, line=FAST)]) as (one, two):
        one.start()
        assert -signal.SIGKILL == one.process.wait(60)
        assert [(one.name,)] == run(url, "SELECT m.name FROM headwater_leases l JOIN masters m ON m.id = l.masterid")
        assert {"probe0": one.name} == claims(url)
        start_all([two])

        awaited(lambda: claims(url) == {"probe0": two.name} or None, "a take-over")


@NETWORK
def test_without_the_table_it_is_said_once(buildbot_database: str, tmp_path: Path) -> None:
    """
    Where nobody has made the table of leases, the log says once what it would bring, and how to make it.
    """
    with alike(tmp_path, 1, Config(url=buildbot_database, line=FAST)) as (master,):
        master.start()
        master.log.wait_for_line("buildbot install")
        master.stop()

    assert [1] == [len([line for line in master.log.all() if "buildbot install" in line])]


def _wait_for_leases(url: str, count: int) -> None:
    """
    Wait until so many leases have been seen to beat.
    """
    query = "SELECT COUNT(*) FROM headwater_leases WHERE beat > 2 AND ended_at IS NULL"
    awaited(lambda: run(url, query) == [(count,)] or None, f"{count} leases")
