"""How often a master beats, how long it may act without a confirmed heartbeat, and when the others give it up."""

from __future__ import annotations

from dataclasses import dataclass

from headwater.errors import TimingError
from headwater.store.deadlines import DEADLINE

_SAFETY = 1.4
"""Clocks that run at different rates are safe below this ratio of expiry to lease."""


@dataclass(frozen=True, kw_only=True)
class Timing:
    """
    The times of a cluster, in seconds; all its masters should have the same.

    Raises:
        TimingError: they do not go together; it says which and why.
    """

    heartbeat: float = 2.0
    """Between two heartbeats, and between two looks at the others."""
    lease: float = 7.0
    """How long a master may act after the start of its last confirmed heartbeat."""
    expiry: float = 10.0
    """How long the others must have seen its heartbeat stand still before they end its life."""
    statement: float = DEADLINE
    """How long a client waits for the answer to one statement."""
    quiet: float = 30.0
    """How long nobody must have come or gone before sources move for fairness alone."""
    unclaimed: float = 6.0
    """How long a source may be free before anyone takes it, whatever its share."""

    def __post_init__(self) -> None:
        for name in ("heartbeat", "lease", "expiry", "statement"):
            if not getattr(self, name) > 0:
                raise TimingError(f"the {name} of {getattr(self, name):g} s must be more than 0")
        for name in ("quiet", "unclaimed"):
            if not getattr(self, name) >= 0:
                raise TimingError(f"the {name} of {getattr(self, name):g} s must be 0 or more")
        least = 2 * self.heartbeat + self.statement
        if not self.lease > least:
            raise TimingError(
                f"the lease of {self.lease:g} s must be longer than two heartbeats and one statement, {least:g} s: "
                "one lost heartbeat would stop everything"
            )
        # Compared with a little room: 1.4 times 7 is 9.799… or 9.800…1, as it happens.
        if self.expiry < _SAFETY * self.lease - 1e-9:
            raise TimingError(
                f"the expiry of {self.expiry:g} s must be at least {_SAFETY:g} times the lease of {self.lease:g} s, "
                f"{_SAFETY * self.lease:g} s: a master must have stopped before its sources run elsewhere"
            )
