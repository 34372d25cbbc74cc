"""What is measured: each case, who takes part in it, and what the database holds before it begins."""

from __future__ import annotations

from dataclasses import dataclass

HEADWATER = "headwater"
"""Headwater's Deferred connector, on Buildbot's tables."""
STORE = "store"
"""Headwater's own API, on Buildbot's tables."""
HISTORY = "history"
"""Headwater on a database of its own, where every claim leaves a row of history."""
BUILDBOT = "buildbot"
"""Buildbot's own connector."""
DRIVER = "driver"
"""The database's driver, told to do it all in one statement."""

US = "us"
THEM = "them"
"""The two masters that there are in every database; both are active."""

LONE = 1
MANY = 64


@dataclass(frozen=True, kw_only=True)
class Case:
    """
    Something that several sides do in turn.
    """

    name: str
    """What is done; each side looks it up."""
    in_flight: int
    """Calls that wait at any time; 0 if the side is to do it in as few calls as its API lets it."""
    subjects: tuple[str, ...]
    """The sides that are compared."""
    against: tuple[str, ...]
    """The sides that they are compared with."""
    count: int | None = None
    """Sources that a turn is about; None if that is found out, so that a turn lasts a while and no longer."""
    sources: int = 20_000
    """How many there are before a turn."""
    holder: str | None = None
    """Who holds all of them before a turn."""

    @property
    def key(self) -> str:
        """
        The name by which one case is told from all others.
        """
        return f"{self.name}, {self.in_flight} in flight" if self.in_flight else self.name

    @property
    def sides(self) -> tuple[str, ...]:
        """
        All that take part.
        """
        return self.subjects + self.against


def cases(*, quick: bool) -> list[Case]:
    """
    Return all cases, in the order in which they are measured; small ones for a quick look.
    """
    return [*_calls(), *_cold_start(1_000 if quick else 10_000), *_bulk(10_000 if quick else 100_000)]


def _calls() -> list[Case]:
    claiming = (HEADWATER, HISTORY)
    holders = {"release": US, "get one": US, "contested claim": THEM}
    names = ("find new", "find existing", "claim", "contested claim", "release", "get one")
    return [
        Case(
            name=name,
            in_flight=in_flight,
            subjects=claiming if name in {"claim", "contested claim", "release"} else (HEADWATER,),
            against=(BUILDBOT,),
            holder=holders.get(name),
        )
        for in_flight in (LONE, MANY)
        for name in names
    ]


def _cold_start(count: int) -> list[Case]:
    subjects = (STORE, HEADWATER)
    return [
        Case(name="cold start", in_flight=MANY, subjects=subjects, against=(BUILDBOT,), count=count, sources=0),
    ]


def _bulk(count: int) -> list[Case]:
    return [
        Case(name="register", in_flight=0, subjects=(STORE,), against=(DRIVER,), count=count, sources=0),
        Case(name="claim", in_flight=0, subjects=(STORE, HISTORY), against=(DRIVER,), count=count, sources=count),
        Case(
            name="list",
            in_flight=0,
            subjects=(HEADWATER, STORE),
            against=(BUILDBOT, DRIVER),
            count=count,
            sources=count,
            holder=US,
        ),
    ]
