"""What happened in a run, in the order of true time: what the database committed, and what the masters did."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Event(NamedTuple):
    """
    Something that happened.
    """

    at: float
    kind: str
    details: tuple[Any, ...]

    def __str__(self) -> str:
        return f"{self.at:10.4f}  {self.kind:9s} {' '.join(str(detail) for detail in self.details)}"


@dataclass
class Operation:
    """
    A call about claims that some client made of the store.

    Args:
        kind: claim, release, expire, leave or force.
        caller: who made it.
        arguments: of the call.
        called: when.
        answered: when; None if it was not, or if the answer was that nobody knows.
        answer: what was answered.
        again: whether it was tried again after its answer was lost: it tells what the first try had found then, which
            that try may have done itself, or somebody else since.
    """

    kind: str
    caller: str
    arguments: Any
    called: float
    answered: float | None = None
    answer: Any = None
    again: bool = False


@dataclass
class Evidence:
    """
    Everything that a run leaves behind to be judged.
    """

    events: list[Event] = field(default_factory=list)
    operations: list[Operation] = field(default_factory=list)

    def note(self, at: float, kind: str, *details: Any) -> None:  # noqa: ANN401 - whatever there is to be said
        """
        Keep what happened.
        """
        self.events.append(Event(at, kind, details))

    def of(self, *kinds: str) -> Iterator[Event]:
        """
        Return the events of these kinds.
        """
        return (event for event in self.events if event.kind in kinds)
