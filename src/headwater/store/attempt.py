"""Which try at a batch this is, and what the tries before it had seen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Attempt:
    """
    Handed to a verb with every try at the same calls.
    """

    again: bool = False
    """True if an earlier try may have committed, though its answer was lost."""

    memory: dict[Any, Any] = field(default_factory=dict)
    """What an earlier try had seen before it wrote anything; each verb says under which keys."""
