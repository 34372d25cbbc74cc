"""A simulated host with one process: its clocks, and whether it runs, is paused or is dead."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.simulation.scheduler import Entry


class Host:
    """
    Where one simulated process runs.

    Args:
        name: for the trace.
        offset: what its boot clock shows when the simulation begins.
        rate: seconds of its clocks in one true second.
        pid: of the process.
        machine: where that means something.
    """

    def __init__(self, name: str, *, offset: float, rate: float, pid: int, machine: str) -> None:
        self.name = name
        self.rate = rate
        self.machine = machine
        self.pid = pid
        self.is_dead = False
        self.is_paused = False
        self.is_suspended = False
        """Whether the pause is one of the whole host: timers and one of the clocks stand still then."""
        self.slept = 0.0
        """True seconds of all suspensions so far."""
        self.wall_jump = 0.0
        self.held: list[tuple[float, int, Entry]] = []
        """What should have happened during a pause."""
        self._offset = offset
        self._asleep_since = 0.0

    def __repr__(self) -> str:
        return self.name

    def boot(self, now: float) -> float:
        """
        Return the clock that runs on during a suspension.
        """
        return self._offset + self.rate * now

    def monotonic(self, now: float) -> float:
        """
        Return the clock that stands still during a suspension.
        """
        return self._offset + self.rate * (now - self.slept)

    def wall(self, now: float) -> float:
        """
        Return the wall clock, which somebody may set.
        """
        return 1_700_000_000.0 + self.wall_jump + self.rate * now

    def pause(self, now: float, *, is_suspended: bool) -> None:
        """
        Stop the process, or the host with it.
        """
        self.is_paused = True
        self.is_suspended = is_suspended
        self._asleep_since = now

    def go_on(self, now: float) -> None:
        """
        End the pause.
        """
        self.is_paused = False
        if self.is_suspended:
            self.slept += now - self._asleep_since
            self.is_suspended = False
