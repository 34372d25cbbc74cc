"""What a plugin inside Buildbot asks on Buildbot's tables, for its own master and about the others."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from headwater.errors import ChangeSourceAlreadyClaimedError
from headwater.store import claims
from headwater.store.claimlook import Claimant, Wanted
from headwater.store.masters import DEACTIVATE
from headwater.store.performer import Verb
from headwater.store.release import end_all_of
from headwater.store.requests import Part, Request, only

if TYPE_CHECKING:
    from headwater.store.attempt import Attempt
    from headwater.store.session import Session


class Silent(Struct, frozen=True):
    """
    A master that is to be marked inactive, if nobody has marked it active for so many seconds.
    """

    id: int
    seconds: int | None = None
    """None: however short a time ago that was."""


_LOCK = "SELECT active, {now_seconds} - last_active FROM masters WHERE id = :id {for_update}"

_END_SCHEDULERS = "DELETE FROM scheduler_masters WHERE masterid IN :ids"

_CLAIMABLE = """
    SELECT s.id FROM changesources s
    LEFT JOIN changesource_masters l ON l.changesourceid = s.id AND l.changesourceid IN :ids
    LEFT JOIN masters o ON o.id = l.masterid
    WHERE s.id IN :ids AND (l.masterid IS NULL OR o.id IS NULL OR o.active = 0)"""


def claim_as(id_: int, master: int, life: str | None) -> Request[int | None]:
    """
    Claim a source for the master that asks, which is active from then on, in the same transaction.

    Returns None if the source is its own now, or was before; else the active master that holds it.
    """
    claimant = Claimant(id=master, must_be_active=False, becomes_active=True, life=life)

    def outcome(answers: list[Any]) -> int | None:
        error = answers[0][id_]
        if isinstance(error, ChangeSourceAlreadyClaimedError):
            return error.masterid
        if isinstance(error, BaseException):
            raise error
        return None

    return Request(_CLAIM, [Part(Wanted((id_,), claimant))], outcome)


def mark_active(master: int, life: str | None) -> Request[bool]:
    """
    Mark a master active as of now; return whether it was not.
    """
    return Request(_ACTIVE, [Part((master, life))], only)


def mark_inactive(master: int, seconds: int | None = None) -> Request[bool]:
    """
    Mark a master inactive and end its claims, in one transaction; return whether this call has done it.

    Args:
        master: its id.
        seconds: only if it was not marked active for so long, on the database's clock.
    """
    return Request(_INACTIVE, [Part(Silent(master, seconds))], only)


def end_left_by(master: int) -> Request[list[int]]:
    """
    End the claims that a master has left which is inactive; return their sources.
    """
    return Request(_LEFT, [Part(master)], only)


def claimable(ids: Collection[int]) -> Request[set[int]]:
    """
    Return those sources that nobody holds, or only a master that is inactive.
    """
    return Request(_FREE, [Part(tuple(ids))] if ids else [], lambda answers: answers[0] if answers else set())


def _mark_active(session: Session, calls: Sequence[tuple[int, str | None]], attempt: Attempt) -> list[bool]:
    return [_mark_one_active(session, master, life) for master, life in calls]


def _mark_one_active(session: Session, master: int, life: str | None) -> bool:
    with session.transaction():
        were = session.rows(_LOCK, id=master)
        claims.activate(session, master, life)
    return any(not active for active, _ in were)


def _mark_inactive(session: Session, calls: Sequence[Silent], attempt: Attempt) -> list[bool]:
    return [_mark_one_inactive(session, call, attempt) for call in calls]


def _mark_one_inactive(session: Session, call: Silent, attempt: Attempt) -> bool:
    with session.transaction():
        were = session.rows(_LOCK, id=call.id)
        ended = any(active and (call.seconds is None or silent > call.seconds) for active, silent in were)
        if ended:
            session.count(DEACTIVATE, ids=[call.id])
            session.count(_END_SCHEDULERS, ids=[call.id])
            end_all_of(session, [call.id], "expired")
    # After a lost answer, what is already so counts as done by this call: somebody must do the housekeeping.
    return ended or (attempt.again and any(not active for active, _ in were))


def _end_left(session: Session, calls: Sequence[int], attempt: Attempt) -> list[list[int]]:
    return [_end_left_by_one(session, master) for master in calls]


def _end_left_by_one(session: Session, master: int) -> list[int]:
    with session.transaction():
        if any(active for active, _ in session.rows(_LOCK, id=master)):
            return []
        return end_all_of(session, [master], "expired")


def _claimable(session: Session, calls: Sequence[tuple[int, ...]], attempt: Attempt) -> list[set[int]]:
    return [{id_ for (id_,) in session.rows(_CLAIMABLE, ids=list(ids))} for ids in calls]


_CLAIM = Verb(claims.claim, "writes")
_ACTIVE = Verb(_mark_active, "writes")
_INACTIVE = Verb(_mark_inactive, "writes")
_LEFT = Verb(_end_left, "writes")
_FREE = Verb(_claimable, "reads")
