"""How a state looks: a colour, and a shape for those who tell colours apart with trouble."""

from __future__ import annotations

import sys
from typing import Literal, TypeAlias

from headwater.values import State

Claimed: TypeAlias = Literal["held", "left", "free"]
"""How a claim stands: all that Buildbot's database tells of a source."""

_LOOKS: dict[State | Claimed, tuple[str, str]] = {
    "ok": ("●", "green"),
    "checking": ("◐", "blue"),
    "failing": ("▲", "yellow"),
    "broken": ("■", "bright_red"),
    "stale": ("□", "red"),
    "paused": ("‖", "cyan"),
    "unclaimed": ("○", "bright_black"),
    "held": ("●", "green"),
    "left": ("□", "red"),
    "free": ("○", "yellow"),
}

STATES = tuple(_LOOKS)


def state_cell(state: State | Claimed, *, is_in_doubt: bool = False) -> tuple[str, str]:
    """
    Return a state as a cell of a table; red if it is in doubt, for its holder is silent.
    """
    shape, style = _LOOKS[state]
    return (f"{shape} {state}" if _has_shapes() else state), ("red" if is_in_doubt else style)


def _has_shapes() -> bool:
    return sys.stdout.isatty() and (sys.stdout.encoding or "").lower().startswith("utf")
