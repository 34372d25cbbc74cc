"""What the line in master.cfg does from the first housekeeping to the last unclaim, and what is left when it goes."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from headwater.clock import boot_seconds
from tests.buildbot.createmaster import BUILDBOT, create_master
from tests.buildbot.masters import PATHS, BuildMaster, Config, masters
from tests.buildbot.scenes import alike, all_polled, claims, first_poll, overlaps, start_all
from tests.conformance.rows import run

SQLITE = pytest.mark.parametrize("buildbot_database", [pytest.param("sqlite", marks=pytest.mark.sqlite)], indirect=True)

# Says after each step of a master's life which class its connector has.
TELLS = """
from twisted.python import log
from buildbot.db.masters import MastersConnectorComponent as M
find = M.findMasterId
def told(self, name):
    log.msg(f"at the start: {type(self.db.changesources).__module__}")
    return find(self, name)
M.findMasterId = told
from buildbot.util.service import BuildbotService
class Teller(BuildbotService):
    name = "teller"
    def reconfigService(self, turn):
        log.msg(f"turn {turn}: {type(self.master.db.changesources).__module__}")
c.setdefault("services", []).append(Teller(turn=%d))
"""

OURS, THEIRS = "headwater.buildbot.changesources", "buildbot.db.changesources"


@SQLITE
def test_the_connector_is_there_from_the_first_housekeeping_on(buildbot_database: str, tmp_path: Path) -> None:
    """
    It is Headwater's before the master looks itself up, and across reconfigurations and broken ones.

    While the line is gone it is Buildbot's; what is polled stays polled all the time.
    """
    url = buildbot_database
    with masters(tmp_path, [Config(url=url, more=TELLS % 0)]) as (master,):
        start_all([master])
        for turn, line in enumerate((Config.line, None, Config.line), 1):
            (master.folder / "master.cfg").write_text("syntax error(")
            master.signal(signal.SIGHUP)
            master.log.wait_for_line("aborted without making any changes")
            master.configure(Config(url=url, line=line, more=TELLS % turn))
            master.signal(signal.SIGHUP)
            master.log.wait_for_line("configuration update complete")
            first_poll(master, boot_seconds())
        assert 0 == master.stop()

    said = [line.rpartition("] ")[2] for line in master.log.all() if "turn " in line or "at the start" in line]
    turns = [f"turn {turn}: {where}" for turn, where in enumerate((OURS, OURS, THEIRS, OURS))]
    assert [f"at the start: {OURS}", *turns] == said
    comes_and_goes = [line for line in master.log.all() if line.endswith("holds the claims of change sources")]
    assert 2 == len(comes_and_goes)
    assert 1 == len([line for line in master.log.all() if line.endswith("holds the claims of change sources again")])
    # The three broken files have a traceback each.
    assert 3 == len([line for line in master.log.all() if "Traceback" in line or "Unhandled" in line])
    assert {} == claims(url)
    assert [(0,)] == run(url, "SELECT active FROM masters")


@SQLITE
def test_buildbots_commands_take_the_line(buildbot_database: str, tmp_path: Path) -> None:
    """
    `buildbot checkconfig` and `buildbot upgrade-master` succeed with it; an impossible time is an error of the file.
    """
    with masters(tmp_path, [Config(url=buildbot_database)]) as (master,):
        for command in (["checkconfig", "master.cfg"], ["upgrade-master", "--quiet", "."]):
            ended = _buildbot(master, *command)
            assert 0 == ended.returncode, ended.stdout
        line = Config.line
        assert line is not None
        master.configure(Config(url=buildbot_database, line=line.replace("Claims()", "Claims(failover=3)")))
        refused = _buildbot(master, "checkconfig", "master.cfg")

    assert 1 == refused.returncode
    assert "failover=3: the lease of 2 s must be longer" in refused.stdout


@SQLITE
def test_a_slow_poll_is_over_before_its_source_is_free(buildbot_database: str, tmp_path: Path) -> None:
    """
    A master that stops in the middle of a poll releases the source when the poll has ended, and not before.
    """
    with alike(tmp_path, 2, Config(url=buildbot_database)) as (one, two):
        (one.folder / "slow").write_text("2")
        start_all([one])
        start_all([two])
        first_poll(one, boot_seconds())
        one.stop()
        all_polled([two], 0, 1)

        assert [] == overlaps([one, two])
        assert {"probe0": two.name} == claims(buildbot_database)


@pytest.mark.parametrize("empty_database", ["mariadb"], indirect=True)
def test_tables_without_transactions_stop_the_start(empty_database: str, tmp_path: Path) -> None:
    """
    On the MyISAM tables that Buildbot makes by default the master does not start, and its log says what mends them.
    """
    create_master(empty_database, tmp_path / "made")
    with masters(tmp_path, [Config(url=empty_database)]) as (master,):
        master.start()
        master.log.wait_for_line("ALTER TABLE changesource_masters ENGINE=InnoDB;")
        master.log.wait_for_line("BuildMaster startup failed")
        master.process.wait(30)


def _buildbot(master: BuildMaster, *arguments: str) -> subprocess.CompletedProcess[str]:
    """
    Run a command of Buildbot's in a master's folder.
    """
    return subprocess.run(
        [BUILDBOT, *arguments],
        cwd=master.folder,
        env={**os.environ, "PYTHONPATH": PATHS},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
