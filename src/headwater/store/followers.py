"""Who reads the feed under a name, and how far each has come."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from headwater.store.arguments import hash_of

if TYPE_CHECKING:
    from headwater.store.attempt import Attempt
    from headwater.store.session import Session


class Done(Struct, frozen=True):
    """
    One call of `done`: a follower, the number that it was done with before, and the one now.
    """

    name: str
    before: int
    number: int


_NUMBER = "SELECT number FROM followers WHERE name_hash = :hash"

_BEGIN = """
    INSERT {ignore} INTO followers (name_hash, name, number) VALUES (:hash, :name, :number) {or_nothing}"""

_MOVE = "UPDATE followers SET number = :number WHERE name_hash = :hash AND number = :before"


def number_of(session: Session, calls: Sequence[str], attempt: Attempt) -> list[int]:
    """
    Return the number of the last change that each follower was done with; 0 for one that is new.
    """
    return [_number(session, name) for name in calls]


def done(session: Session, calls: Sequence[Done], attempt: Attempt) -> list[bool]:
    """
    Note how far followers have come; False for one that somebody else has moved meanwhile.

    After a lost answer it is run again as it is: a number that is there already is done.
    """
    return [_done(session, call) for call in calls]


def _done(session: Session, call: Done) -> bool:
    hash_ = hash_of(call.name)
    if call.before == 0 and session.count(_BEGIN, hash=hash_, name=call.name, number=call.number):
        return True
    if session.count(_MOVE, hash=hash_, before=call.before, number=call.number):
        return True
    return _number(session, call.name) == call.number


def _number(session: Session, name: str) -> int:
    rows = session.rows(_NUMBER, hash=hash_of(name))
    return rows[0][0] if rows else 0
