"""Masters that start: each source is claimed by one of them, whatever happened before, and whatever fails."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.buildbot.masters import Config, masters
from tests.buildbot.scenes import alike, all_polled, awaited, claims, overlaps, polled_twice, start_all
from tests.conformance.rows import run

NETWORK = pytest.mark.parametrize(
    "buildbot_database",
    [pytest.param(kind, marks=getattr(pytest.mark, kind)) for kind in ("postgresql", "mariadb")],
    indirect=True,
)

SQLITE = pytest.mark.parametrize("buildbot_database", [pytest.param("sqlite", marks=pytest.mark.sqlite)], indirect=True)

SOURCES = 50

# A process that ends as if it were killed, after it has claimed and before it is marked active.
DIES_CLAIMING = """
import os, signal
class Dies(Probe):
    def activate(self):
        os.kill(os.getpid(), signal.SIGKILL)
c["change_source"] = [Dies(name="probe0", pollInterval=1)]
"""

# Tries again what it has won already, as two tries do that run side by side.
TRIES_AGAIN = """
from twisted.python import log
class TriesAgain(Probe):
    async def _again(self):
        won = await self.master.data.updates.trySetChangeSourceMaster(self.serviceid, self.master.masterid)
        log.msg(f"tried again: {won}")
    def activate(self):
        from twisted.internet.defer import Deferred
        return super().activate().addCallback(lambda _: Deferred.fromCoroutine(self._again()))
c["change_source"] = [TriesAgain(name="probe0", pollInterval=1)]
"""

# The first claim of the process fails, as by a database that is in trouble for a moment.
FAILS_ONCE = """
from headwater.store import claims
claim, failures = claims.claim, iter([RuntimeError("injected")])
from headwater.store import inside
from headwater.store.performer import Verb
def fail_once(*args):
    for failure in failures:
        raise failure
    return claim(*args)
inside._CLAIM = Verb(fail_once, "writes")
"""


@NETWORK
def test_masters_that_start_together_share_nothing(buildbot_database: str, tmp_path: Path) -> None:
    """
    Of two masters that start at the same instant, each source is polled by one, and its claim names that one.
    """
    with alike(tmp_path, 2, Config(url=buildbot_database, sources=SOURCES)) as those:
        began = start_all(those)
        all_polled(those, began + 1, SOURCES)

        assert ([], []) == (polled_twice(those, 0), overlaps(those))
        assert SOURCES == len(claims(buildbot_database))


@NETWORK
def test_a_claim_that_was_stuck_is_claimed_at_once(buildbot_database: str, tmp_path: Path) -> None:
    """
    A master without the line is killed between claim and start: another, and then itself, claims at once.
    """
    url = buildbot_database
    stuck = Config(url=url, line=None, more=DIES_CLAIMING)
    with masters(tmp_path, [stuck, Config(url=url)]) as (one, two):
        one.start()
        assert -signal.SIGKILL == one.process.wait(30)
        assert [(one.name, 0)] == run(
            url, "SELECT m.name, m.active FROM changesource_masters l JOIN masters m ON m.id = l.masterid"
        )
        start_all([two])

        assert {"probe0": two.name} == claims(url)
        run(url, "UPDATE masters SET active = 0")
        two.kill()
        run(url, "UPDATE changesource_masters SET masterid = (SELECT MIN(id) FROM masters)")
        one.configure(Config(url=url))
        start_all([one])
        assert {"probe0": one.name} == claims(url)


@NETWORK
def test_who_dies_while_it_claims_starts_again(buildbot_database: str, tmp_path: Path) -> None:
    """
    With the line, a master that is killed between claim and start is active already, and claims anew when it starts.
    """
    url = buildbot_database
    with masters(tmp_path, [Config(url=url, more=DIES_CLAIMING)]) as (master,):
        master.start()
        assert -signal.SIGKILL == master.process.wait(30)
        assert [(1,)] == run(url, "SELECT m.active FROM changesource_masters l JOIN masters m ON m.id = l.masterid")
        master.configure(Config(url=url))
        start_all([master])

        assert {"probe0": master.name} == claims(url)


@SQLITE
def test_a_claim_that_fails_does_not_stop_the_start(buildbot_database: str, tmp_path: Path) -> None:
    """
    An error while a source is claimed is told, the master starts all the same, and claims it right after.
    """
    with masters(tmp_path, [Config(url=buildbot_database, sources=2, more=FAILS_ONCE)]) as (master,):
        start_all([master])
        awaited(lambda: len(claims(buildbot_database)) == 2 or None, "both claims")
        master.stop()

    assert [1] == [len([line for line in master.log.all() if "is not claimed yet: injected" in line])]


@SQLITE
def test_a_second_try_does_not_end_the_first_ones_claim(buildbot_database: str, tmp_path: Path) -> None:
    """
    A try for a source that is active here already wins nothing, and what the first one has won stays.
    """
    with masters(tmp_path, [Config(url=buildbot_database, more=TRIES_AGAIN)]) as (master,):
        master.start()
        master.log.wait_for_line("tried again: False")
        master.wait_until_running()

        assert {"probe0": master.name} == claims(buildbot_database)
