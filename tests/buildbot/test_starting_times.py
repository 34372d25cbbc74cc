"""How long a master takes to start when its database fails for a moment."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.buildbot.masters import Config, masters
from tests.buildbot.scenes import awaited, start_all
from tests.buildbot.test_starting import FAILS_ONCE

SQLITE = pytest.mark.parametrize("buildbot_database", [pytest.param("sqlite", marks=pytest.mark.sqlite)], indirect=True)

REFUSED = "is not claimed yet: injected"

RUNS = "BuildMaster is running"

CLAIMED = "is claimed and runs"

# Says of each claim that is won when that was, and keeps the log's times, of which the log shows whole seconds only.
TIMED = """
import json, pathlib
from twisted.python import log
class Telling(Probe):
    def activate(self):
        log.msg(f"{self.name} is claimed and runs")
        return super().activate()
def keep(event):
    with (pathlib.Path(basedir) / "times").open("a") as times:
        times.write(json.dumps([event["time"], log.textFromEventDict(event)]) + "\\n")
log.addObserver(keep)
c["change_source"] = [Telling(name=f"probe{n}", pollInterval=1) for n in range(2)]
"""


@SQLITE
def test_a_claim_that_fails_delays_the_start_by_no_second(buildbot_database: str, tmp_path: Path) -> None:
    """
    After an injected database error the start goes on at once, and the source is claimed at the next look.
    """
    with masters(tmp_path, [Config(url=buildbot_database, more=TIMED + FAILS_ONCE)]) as (master,):
        start_all([master])
        # Its row is there before the log says so.
        awaited(lambda: len(_seconds_of(tmp_path, CLAIMED)) == 2 or None, "both claims")
        master.stop()
    (refused,) = _seconds_of(tmp_path, REFUSED)
    (running,) = _seconds_of(tmp_path, RUNS)
    claimed = _seconds_of(tmp_path, CLAIMED)

    assert 2 == len(claimed)
    assert running - refused <= 1, f"the master runs {running - refused:.3f} s after the refusal"
    # The next look is a second after the one before; the rest is what a busy machine takes.
    assert max(claimed) - refused <= 2, f"the source is claimed {max(claimed) - refused:.3f} s after the refusal"


def _seconds_of(folder: Path, what: str) -> list[float]:
    """
    Return when the log said something.
    """
    lines = (folder / "master0" / "times").read_text().splitlines(keepends=True)
    said = [json.loads(line) for line in lines if line.endswith("\n")]
    return [at for at, text in said if what in (text or "")]
