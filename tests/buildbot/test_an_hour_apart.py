"""A master with the line beside one without for an hour: neither takes from the other as long as both live."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.buildbot.hours import BEGIN, Turned, living_master
from tests.conformance.rows import run
from tests.reactor import ReactorThread

SQLITE = pytest.mark.parametrize("buildbot_database", [pytest.param("sqlite", marks=pytest.mark.sqlite)], indirect=True)

MINUTE, HOUR = 60, 3600

NINE = 9 * MINUTE

APART = [(0, 0), (NINE, 0), (-NINE, 0), (0, NINE), (0, -NINE)]
"""By how much the wall clocks are wrong, of the master with the line and of the one without."""


class Clock:
    """
    The time, which the test moves.
    """

    now = BEGIN


@SQLITE
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # Buildbot's data layer imports what Twisted gives up
@pytest.mark.parametrize("phase", [0, 59])
@pytest.mark.parametrize("wrong_by", APART)
def test_neither_takes_from_the_other_while_it_lives(
    buildbot_database: str, tmp_path: Path, reactor: ReactorThread, wrong_by: tuple[int, int], phase: int
) -> None:
    """
    Whichever clock is wrong, by nine minutes at most: both beat and expire for an hour, and neither loses anything.

    Once one of them is silent, the other one takes it for dead: it did look.
    """
    clock, url = Clock(), buildbot_database
    ones, twos = (Turned(lambda: clock.now, by) for by in wrong_by)
    with (
        living_master(url, tmp_path / "with", reactor, ones, line=True) as one,
        living_master(url, tmp_path / "without", reactor, twos, line=False) as two,
    ):
        seen = []
        for minute in range(HOUR // MINUTE):
            for master, second in ((one, 0), (two, phase)):
                clock.now = BEGIN + minute * MINUTE + second
                master.beat()
                seen.append(_left(url))
        clock.now += 30 * MINUTE
        survivor = one if phase else two
        survivor.beat()

        assert [{one.id, two.id}] * len(seen) == seen
        assert {survivor.id} == _left(url)


def _left(url: str) -> set[int]:
    """
    Return the masters that are active and hold a source.
    """
    query = "SELECT m.id FROM masters m JOIN changesource_masters l ON l.masterid = m.id WHERE m.active = 1"
    return {int(str(id_)) for (id_,) in run(url, query)}
