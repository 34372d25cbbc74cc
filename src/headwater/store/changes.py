"""Record moves of refs under a claim, fenced by its token (docs/explanation/claiming.md, R10)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from headwater.errors import ClaimLostError, HeadwaterError, PositionMovedError
from headwater.store.arguments import hash_of
from headwater.store.history import Opened
from headwater.values import Fence, Move

if TYPE_CHECKING:
    from headwater.store.attempt import Attempt
    from headwater.store.session import Session


class Recorded(Struct, frozen=True):
    """
    One call of `record`: a move, the number of its staged commits, and where the position must still be.
    """

    fence: Fence
    move: int
    moved: Move
    commit_count: int
    backfill: bool = False
    """True if nothing has moved: the position must be where the move ends, and stays."""


# The claim's row first; whether its token is still open is a statement of its own. Joined into one, the token
# would be read from a snapshot taken before the lock was there, and an old token would pass.
_LOCK_CLAIMS = """
    SELECT changesourceid, masterid FROM changesource_masters {by_primary_key}
    WHERE changesourceid IN :ids ORDER BY changesourceid {for_share}"""

_ADD_REF = """
    INSERT {ignore} INTO positions (changesourceid, ref_hash, ref, oid) VALUES (:source, :hash, :ref, :after)
    {or_nothing}"""

_MOVE_REF = """
    UPDATE positions SET oid = :after WHERE changesourceid = :source AND ref_hash = :hash AND oid = :before"""

_DROP_REF = "DELETE FROM positions WHERE changesourceid = :source AND ref_hash = :hash AND oid = :before"

_STANDS = "SELECT ref FROM positions WHERE changesourceid = :source AND ref_hash = :hash AND oid = :after"

_RECORDED = "SELECT number FROM changes WHERE changesourceid = :source AND token = :token AND move = :move"

_LOCK_FEED = "SELECT number FROM feed WHERE id = 1 {for_update}"

_COUNT_UP = "UPDATE feed SET number = number + :more WHERE id = 1"

_NEWEST = "SELECT number FROM feed WHERE id = 1"

_INSERT = """
    INSERT INTO changes (number, changesourceid, token, move, ref, before_oid, after_oid, forced, commit_count,
                         dropped, left_out, history_lost, backfill, recorded_at)
    SELECT g.number, g.source, g.token, g.move, g.ref, g.before_oid, g.after_oid, g.forced, g.commit_count,
           g.dropped, g.left_out, g.history_lost, g.backfill, {now}
    FROM {given: number bigint, source int, token bigint, move int, ref text, before_oid text, after_oid text, \
forced int, commit_count int, dropped int, left_out int, history_lost int, backfill int} AS g"""


def record(
    session: Session, calls: Sequence[Recorded], attempt: Attempt
) -> list[int | ClaimLostError | PositionMovedError]:
    """
    Record moves, each with its position, in one transaction; return their numbers in the feed.

    After a lost answer it is run again as it is: it waits for the lost one's locks, and then the compare-and-set
    of the position tells whether the move is already there. Where nothing moves, the lock on the feed is waited for.
    """
    answers: dict[Recorded, int | HeadwaterError] = {}
    with session.transaction():
        fenced = hold_fences(session, [call.fence for call in calls])
        for call in sorted(calls, key=_place):
            if call.fence not in fenced:
                answers[call] = ClaimLostError(call.fence.source, call.fence.master, call.fence.token)
            elif not _move_position(session, call):
                answers[call] = PositionMovedError(call.fence.source, call.moved.ref)
        if attempt.again and (backfills := [call for call in calls if call.backfill and call not in answers]):
            session.rows(_LOCK_FEED)
            answers |= _recorded_before(session, backfills)
        answers |= _append(session, [call for call in calls if call not in answers])
    if attempt.again:
        answers |= _recorded_before(session, [call for call in calls if not isinstance(answers[call], int)])
    return [answers[call] for call in calls]  # type: ignore[misc] # only these two errors are put in


def hold_fences(session: Session, fences: Sequence[Fence]) -> set[Fence]:
    """
    Lock the claims' rows until the transaction ends; return those fences that still hold.
    """
    ids = sorted({fence.source for fence in fences})
    holders: dict[int, int] = dict(session.rows(_LOCK_CLAIMS, ids=ids))
    opened = session.recorder.opened(session, ids)
    return {
        fence
        for fence in fences
        if holders.get(fence.source) == fence.master
        and opened.get(fence.source, Opened()).is_of(fence.token, fence.name)
    }


def _move_position(session: Session, call: Recorded) -> bool:
    move = call.moved
    place = {"source": call.fence.source, "hash": hash_of(move.ref)}
    if call.backfill:
        # Under the claim's lock nobody moves it.
        return bool(session.rows(_STANDS, after=move.after, **place))
    if move.before is None:
        return bool(session.count(_ADD_REF, ref=move.ref, after=move.after, **place))
    if move.after is None:
        return bool(session.count(_DROP_REF, before=move.before, **place))
    return bool(session.count(_MOVE_REF, before=move.before, after=move.after, **place))


def _append(session: Session, calls: Sequence[Recorded]) -> dict[Recorded, int]:
    """
    Take the next numbers of the feed, as the last lock of the transaction, and insert the changes under them.
    """
    if not calls:
        return {}
    session.count(_COUNT_UP, more=len(calls))
    newest = session.rows(_NEWEST)[0][0]
    numbers = {call: newest - len(calls) + place for place, call in enumerate(calls, start=1)}
    session.count(_INSERT, rows=[_change_row(call, number) for call, number in numbers.items()])
    return numbers


def _recorded_before(session: Session, calls: Sequence[Recorded]) -> dict[Recorded, int]:
    found = {}
    for call in calls:
        rows = session.rows(_RECORDED, source=call.fence.source, token=call.fence.token, move=call.move)
        if rows:
            found[call] = rows[0][0]
    return found


def _place(call: Recorded) -> tuple[int, str]:
    return call.fence.source, hash_of(call.moved.ref)


def _change_row(call: Recorded, number: int) -> dict[str, Any]:
    move = call.moved
    return {
        "number": number,
        "source": call.fence.source,
        "token": call.fence.token,
        "move": call.move,
        "ref": move.ref,
        "before_oid": move.before,
        "after_oid": move.after,
        "forced": int(move.forced),
        "commit_count": call.commit_count,
        "dropped": move.dropped,
        "left_out": move.left_out,
        "history_lost": int(move.history_lost),
        "backfill": int(call.backfill),
    }
