"""A database that goes away: heartbeats go on afterwards, and nobody polls what another master polls."""

from __future__ import annotations

from pathlib import Path
from time import sleep

import pytest

from headwater.clock import boot_seconds
from tests.buildbot.createmaster import create_master
from tests.buildbot.masters import LINE, Config
from tests.buildbot.scenes import alike, all_polled, beaten, overlaps, polled_twice, start_all
from tests.conformance.rows import run
from tests.databases import Server

EXPIRY = 8.0

# Minutes of Buildbot's are seconds here, so that a heartbeat which died would show within the test.
HURRIED = f"from tests.buildbot.probe import hurry; hurry(heartbeat=1, expiry={EXPIRY})"

SOURCES = 5


@pytest.mark.parametrize("server", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True)
@pytest.mark.slow
def test_a_restart_of_the_database_ends_no_heartbeat(server: Server, server_database: str, tmp_path: Path) -> None:
    """
    After a restart of PostgreSQL both masters beat and one polls; a third that starts later expires nobody.
    """
    url = server_database
    create_master(url, tmp_path / "made")
    config = Config(url=url, sources=SOURCES, more=HURRIED, line=LINE.format(arguments="failover=10"))
    with alike(tmp_path, 3, config) as (one, two, three):
        start_all([one, two])
        all_polled([one, two], 0, SOURCES)
        server.kill()
        sleep(3)  # long enough for a heartbeat of each
        server.restart()
        back = boot_seconds()
        beaten(url, [one, two], 2 * EXPIRY, 60)
        start_all([three])
        all_polled([one, two, three], boot_seconds() + 2, SOURCES)

        assert ([], []) == (polled_twice([one, two, three], back), overlaps([one, two, three]))
        assert [(3,)] == run(url, "SELECT COUNT(*) FROM masters WHERE active = 1")
