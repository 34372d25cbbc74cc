"""Real processes on real databases: killed, paused, cut off, and stopped in good order."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import Server
from tests.databases.pool import EACH_KIND, start
from tests.failover.chaos import TIMING
from tests.failover.pauses import pause
from tests.failover.takeover import Trial
from tests.failover.trial import trial

on_each = pytest.mark.parametrize("kind", EACH_KIND)


@pytest.fixture
def server(kind: str) -> Iterator[Server]:
    """
    A server that belongs to the test, to be killed and restarted.
    """
    server = start(kind)
    yield server
    server.stop()


@on_each
def test_chaos(server: Server, tmp_path: Path) -> None:
    """
    Whatever happens to masters, networks and server: nobody acts twice, nothing is lost, and all runs again after it.
    """
    verdict = trial(server, tmp_path, seconds=12, seed=20)

    assert [] == verdict["samples"], verdict


@on_each
def test_a_long_pause(server: Server, tmp_path: Path) -> None:
    """
    A holder that is stopped for long acts under none of its claims when it wakes, whatever its wall clock says then.
    """
    seen = pause(server, tmp_path, seconds=2.2 * TIMING.expiry, in_transaction=False)

    assert seen["expired_claims"] > 0, seen
    assert seen["ended_lives"] > 0, seen
    assert seen["sources"] == seen["acted_for_meanwhile"], seen
    assert (0, 0, 0) == _wrong(seen), seen


@on_each
def test_a_pause_in_a_transaction(server: Server, tmp_path: Path) -> None:
    """
    Servers end the transaction of a holder that stands still, and others go on; SQLite cannot, and nobody does.
    """
    seen = pause(server, tmp_path, seconds=2.2 * TIMING.expiry, in_transaction=True)

    assert (0, 0) == _wrong(seen)[1:], seen
    if server.kind == "sqlite":
        # Its claims are still its own: nobody could end them.
        assert (0, 0, True) == (seen["acted_for_meanwhile"], seen["expired_claims"], seen["process_is_named"]), seen
        assert seen["last_act_after"] <= TIMING.lease, seen
    else:
        assert seen["sources"] == seen["acted_for_meanwhile"], seen
        assert seen["expired_claims"] > 0, seen
        assert (0, 0, 0) == _wrong(seen), seen


@on_each
def test_the_real_command(server: Server, tmp_path: Path) -> None:
    """
    What a `headwater run` watched that was stopped or killed is watched by the others soon.
    """
    masters = Trial(server.create("takeover"), tmp_path, sources=12)
    masters.take_turns()
    masters.close()


def _wrong(seen: dict[str, object]) -> tuple[object, ...]:
    return tuple(
        seen[what] for what in ("acts_under_old_claims_after_waking", "double_acts", "changes_lost_or_doubled")
    )
