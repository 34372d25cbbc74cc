"""What compares the faces with the model finds the order that there is, and none where there is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from headwater import ChangeSourceAlreadyClaimedError
from tests.model.calls import (
    Call,
    Claim,
    Expire,
    Find,
    Get,
    GetMaster,
    Heartbeat,
    Leave,
    List,
    Raised,
    Register,
    Release,
    ReleaseLeft,
    SetMaster,
    SetState,
    Unset,
)
from tests.model.orders import NoOrderError, explained
from tests.model.registry import Book, Entry, Known, Line, Registry

FREE, HELD, LEFT = 1, 2, 3
"""Sources."""
ONE, OTHER, GONE = 11, 12, 13
"""Masters; the first holds a source, the last left one."""

BEFORE = Registry(
    names={"free": FREE, "held": HELD, "left": LEFT},
    lines={FREE: Line(), HELD: Line(over=1, token=7, holder=ONE), LEFT: Line(token=8, holder=GONE)},
    masters={
        ONE: Known("one", active=True, beat=5),
        OTHER: Known("other", active=True),
        GONE: Known("gone", active=False),
    },
)
BOOK: Book = {HELD: (Entry(OTHER, 6, "released"), Entry(ONE, 7, None)), LEFT: (Entry(GONE, 8, None),)}


@dataclass(frozen=True)
class Case:
    """
    Calls with their answers, and the history of one source after them.
    """

    told: list[tuple[Call, Any]]
    source: int = FREE
    history: tuple[Entry, ...] | None = None
    """None: as it was before."""
    beats: int = 5
    """Heartbeats that were counted of the one life after them."""

    def explained(self) -> Registry:
        """
        Return the registry after it, if there can be one.
        """
        book = BOOK if self.history is None else {**BOOK, self.source: self.history}
        return explained(
            BEFORE, [call for call, _ in self.told], [answer for _, answer in self.told], book, {ONE: self.beats}
        )


BEATEN_TWICE = (ONE, "one", True, 7)


def refused(source: int, holder: int) -> Raised:
    """
    Return the connector's refusal.
    """
    return Raised(ChangeSourceAlreadyClaimedError, (source, holder))


POSSIBLE = {
    "one of two wins": Case(
        [(Claim((FREE,), ONE), {}), (Claim((FREE,), OTHER), {FREE: 9})], history=(Entry(OTHER, 9, None),)
    ),
    "the second call came first": Case(
        [(Unset(FREE), None), (SetMaster(FREE, ONE), None)], history=(Entry(ONE, 9, "released"),)
    ),
    "refused in between": Case(
        [(SetMaster(FREE, OTHER), refused(FREE, ONE)), (Unset(FREE), None), (SetMaster(FREE, ONE), None)],
        history=(Entry(ONE, 9, "released"),),
    ),
    "taken over": Case([(Claim((LEFT,), ONE), {LEFT: 9})], LEFT, (Entry(GONE, 8, "taken over"), Entry(ONE, 9, None))),
    "seen before and after": Case(
        [(Get(HELD), (HELD, "held", None)), (Get(HELD), (HELD, "held", ONE)), (Release(((HELD, 7),), ONE), (HELD,))],
        HELD,
        (Entry(OTHER, 6, "released"), Entry(ONE, 7, "released")),
    ),
    "one of two ends a life": Case(
        [
            (Leave(ONE, "one"), None),
            (Heartbeat(ONE, "one"), True),
            (Leave(ONE, "one"), (HELD,)),
            (Heartbeat(ONE, "one"), False),
        ],
        HELD,
        (Entry(OTHER, 6, "released"), Entry(ONE, 7, "released")),
        beats=6,
    ),
    "a heartbeat that lost its answer, and was counted twice": Case(
        [(Heartbeat(ONE, "one"), True), (GetMaster(ONE), (ONE, "one", True, 6)), (GetMaster(ONE), BEATEN_TWICE)],
        beats=7,
    ),
    "expired too late, after one of the two counts of a heartbeat": Case(
        [(Heartbeat(ONE, "one"), True), (GetMaster(ONE), BEATEN_TWICE), (Expire(ONE, "one", 6), None)], beats=7
    ),
}
"""What can come of calls in flight together."""

IMPOSSIBLE = {
    "two win": Case(
        [(Claim((FREE,), ONE), {FREE: 9}), (Claim((FREE,), OTHER), {FREE: 10})], history=(Entry(ONE, 9, None),)
    ),
    "nobody wins": Case([(Claim((FREE,), ONE), {}), (Claim((FREE,), OTHER), {})]),
    "won, and not written": Case([(SetMaster(FREE, ONE), None)]),
    "written, and not won": Case([(Get(FREE), (FREE, "free", None))], history=(Entry(ONE, 9, None),)),
    "stolen": Case(
        [(SetMaster(HELD, OTHER), None)],
        HELD,
        (Entry(OTHER, 6, "released"), Entry(ONE, 7, "taken over"), Entry(OTHER, 9, None)),
    ),
    "refused by one that never held it": Case(
        [(SetMaster(FREE, OTHER), refused(FREE, GONE)), (SetMaster(FREE, ONE), None)], history=(Entry(ONE, 9, None),)
    ),
    "a token that did not grow": Case(
        [(Claim((LEFT,), ONE), {LEFT: 8})], LEFT, (Entry(GONE, 8, "taken over"), Entry(ONE, 8, None))
    ),
    "released with an old token": Case(
        [(Release(((HELD, 6),), ONE), (HELD,))], HELD, (Entry(OTHER, 6, "released"), Entry(ONE, 7, "released"))
    ),
    "ended for another reason": Case(
        [(Unset(HELD), None)], HELD, (Entry(OTHER, 6, "released"), Entry(ONE, 7, "expired"))
    ),
    "claimed for an inactive master": Case([(Claim((FREE,), GONE), {FREE: 9})], history=(Entry(GONE, 9, None),)),
    "swept twice": Case([(ReleaseLeft(), (LEFT,)), (ReleaseLeft(), (LEFT,))], LEFT, (Entry(GONE, 8, "expired"),)),
    "expired with an old beat": Case(
        [(Expire(ONE, "one", 4), (HELD,))], HELD, (Entry(OTHER, 6, "released"), Entry(ONE, 7, "expired"))
    ),
    "a beat of a life that is over": Case(
        [(Expire(ONE, "one", 5), (HELD,)), (Heartbeat(ONE, "one"), True)],
        HELD,
        (Entry(OTHER, 6, "released"), Entry(ONE, 7, "expired")),
        beats=6,
    ),
    "a heartbeat that was not counted": Case([(Heartbeat(ONE, "one"), True)]),
    "a heartbeat seen, and not counted": Case([(GetMaster(ONE), (ONE, "one", True, 6))]),
    "a heartbeat counted, and not seen after": Case([(GetMaster(ONE), (ONE, "one", True, 4))]),
    "inactive, and still a holder": Case([(SetState(ONE, active=False), True)]),
    "listed as free": Case([(List(active=False), ((FREE, "free", None), (HELD, "held", ONE)))]),
    "missing from a list": Case([(List(active=True), ((HELD, "held", ONE),))]),
    "two ids for a name": Case([(Register(("new",)), {"new": 4}), (Register(("new",)), {"new": 5})]),
    "an id for two names": Case([(Register(("new",)), {"new": FREE})]),
    "found, and not there": Case([(Find(("new",)), {"new": 4})]),
    "an error of another sort": Case([(Get(FREE), Raised(RuntimeError))]),
}
"""What cannot."""


@pytest.mark.parametrize("name", POSSIBLE)
def test_an_order_is_found(name: str) -> None:
    """
    Calls that can have come one by one, in whatever order, are explained.
    """
    case = POSSIBLE[name]

    assert case.explained().is_as_the_book_ends(case.source)


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_what_no_order_explains_is_an_error(name: str) -> None:
    """
    Answers, or history, that come of no order of the calls are an error.
    """
    with pytest.raises(NoOrderError):
        IMPOSSIBLE[name].explained()


def test_a_source_told_of_unasked_is_an_error() -> None:
    """
    An answer about a source that was not asked for is an error, and so is one that tells of a source twice.
    """
    for told in ({FREE: 9, HELD: 10}, (FREE, FREE)):
        with pytest.raises(AssertionError, match="told"):
            Case([(Claim((FREE,), ONE) if isinstance(told, dict) else ReleaseLeft(), told)]).explained()
