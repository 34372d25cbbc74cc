"""A wall clock that jumps is what Headwater reads, and nothing else that it reads jumps with it."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import patch

import pytest

from headwater import clock
from tests.failover.wallclock import Time, jump


@pytest.mark.parametrize("seconds", [-86_400.0, 3600.0])
def test_the_wall_clock_jumps(seconds: float, tmp_path: Path) -> None:
    """
    The wall clock is wrong by what the test says, from that moment on; the clock of leases goes on as it did.
    """
    offset = tmp_path / "w0.wall"
    with patch.object(clock, "time", Time(offset)):
        wall, boot = clock.wall_milliseconds(), clock.boot_seconds()
        jump(offset, seconds)
        wall_moved, boot_moved = clock.wall_milliseconds() - wall, clock.boot_seconds() - boot

    assert 0 <= wall_moved - seconds * 1000 < 60_000
    assert 0 <= boot_moved < 60
