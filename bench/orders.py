"""What passes between the process that steers and those of the sides, one line of JSON each."""

from __future__ import annotations

from msgspec import Struct


class Opening(Struct, frozen=True, tag="open"):
    """
    The first order: get ready to work on this database.
    """

    side: str
    kind: str
    url: str


class Turn(Struct, frozen=True, tag="turn"):
    """
    Bring the database into this state, then do this much of this case against the clock.
    """

    case: str
    in_flight: int
    count: int
    sources: int
    holder: str | None
    number: int
    """Different in every turn: seeds what is chosen at random, and keeps names apart."""


class Ready(Struct, frozen=True, tag="ready"):
    """
    The answer to `Opening`.
    """

    settings: dict[str, str]
    """What this side's connections have set, as far as it bears on the durability of a commit."""
    software: dict[str, str]


class Taken(Struct, frozen=True, tag="taken"):
    """
    The answer to `Turn`.
    """

    seconds: float


class Failed(Struct, frozen=True, tag="failed"):
    """
    The answer to anything that did not work.
    """

    problem: str


Order = Opening | Turn
Answer = Ready | Taken | Failed
