"""Keep sources from being run for a while: pause and resume, and what is known of the pauses."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from headwater.errors import DatabaseBusyError
from headwater.store.release import end_claims, lock_claims, lock_sources
from headwater.values import Pause

if TYPE_CHECKING:
    from headwater.store.attempt import Attempt
    from headwater.store.session import Session


class Pausing(Struct, frozen=True):
    """
    One call of `pause`.
    """

    ids: tuple[int, ...]
    why: str
    by: str
    milliseconds: int | None


_ROUNDS = 20

# A clock that is read twice in one statement may have gone on, and a pause would last longer than was asked for.
_NOW = "SELECT {now}"

_PAUSE = """
    UPDATE source_settings SET claimable_at = NULL, paused_at = :now, paused_until = :until,
                               paused_why = :why, paused_by = :by
    WHERE changesourceid IN :ids"""

# Not before the holder of the claim that was ended has had its time to notice. MariaDB sets one column after the other.
_RESUME = """
    UPDATE source_settings
    SET claimable_at = CASE WHEN :is_free = 0 THEN NULL WHEN paused_at + 4000 > {now} THEN paused_at + 4000
                            ELSE {now} END,
        paused_at = NULL, paused_until = NULL, paused_why = NULL, paused_by = NULL
    WHERE changesourceid IN :ids"""

_LOCK = """
    SELECT changesourceid FROM source_settings
    WHERE changesourceid IN :ids AND paused_at IS NOT NULL {due} ORDER BY changesourceid {for_update}"""

_LOCK_PAUSED = _LOCK.replace("{due}", "")

_LOCK_DUE = _LOCK.replace("{due}", "AND paused_until <= {now}")

_THERE = "SELECT changesourceid FROM source_settings WHERE changesourceid IN :ids ORDER BY changesourceid"

_CLAIMED = "SELECT changesourceid FROM changesource_masters WHERE changesourceid IN :ids"

_PAUSES = """
    SELECT changesourceid, paused_at, paused_until, paused_why, paused_by
    FROM source_settings WHERE paused_at IS NOT NULL ORDER BY changesourceid"""


def pause(session: Session, calls: Sequence[Pausing], attempt: Attempt) -> list[list[int]]:
    """
    End the claims of sources, and let nobody claim them; return those that were there.

    After a lost answer it is run again as it is: what is paused is paused once more.
    """
    return [_pause(session, call) for call in calls]


def resume(session: Session, calls: Sequence[tuple[int, ...]], attempt: Attempt) -> list[list[int]]:
    """
    Let sources be claimed again; return those that were there.
    """
    ids = sorted({id_ for sources in calls for id_ in sources})
    there = {id_ for (id_,) in session.rows(_THERE, ids=ids)}
    _resume(session, _LOCK_PAUSED, ids)
    return [[id_ for id_ in sources if id_ in there] for sources in calls]


def resume_due(session: Session, ids: Sequence[int]) -> None:
    """
    Let those sources be claimed again whose pause is over.
    """
    _resume(session, _LOCK_DUE, sorted(ids))


def pauses(session: Session, calls: Sequence[None], attempt: Attempt) -> list[dict[int, Pause]]:
    """
    Return the sources that are paused, and by whom.
    """
    found = {
        id_: Pause(since=since, until=until, why=why, by=by) for id_, since, until, why, by in session.rows(_PAUSES)
    }
    return [found for _ in calls]


def _pause(session: Session, call: Pausing) -> list[int]:
    ids = sorted(call.ids)
    for _ in range(_ROUNDS):
        with contextlib.suppress(_SlippedInError), session.transaction():
            # All locks before a claim is deleted, for whom nobody then waits with a lock of its own.
            held = lock_claims(session, ids)
            ((now,),) = session.rows(_NOW)
            until = None if call.milliseconds is None else now + call.milliseconds
            session.count(_PAUSE, ids=ids, now=now, until=until, why=call.why, by=call.by)
            # From here on whoever claims one waits for this transaction, and then sees that it is paused.
            there = [id_ for (id_,) in session.rows(_THERE, ids=ids)]
            end_claims(session, held.intersection(there), "paused")
            if there and session.rows(_CLAIMED, ids=there):
                raise _SlippedInError
            return there
    raise DatabaseBusyError("the claims", "change hands too quickly")


def _resume(session: Session, lock: str, ids: Sequence[int]) -> None:
    with session.transaction():
        # An UPDATE passes by a row that it does not want as it was last committed, though it is locked; and who claims
        # or releases does not want those that are paused. So they have to wait for these.
        lock_claims(session, ids)
        lock_sources(session, ids)
        paused = [id_ for (id_,) in session.rows(lock, ids=ids)]
        if not paused:
            return
        # Who claims one from here on waits for this transaction, and then has it.
        claimed = {id_ for (id_,) in session.rows(_CLAIMED, ids=paused)}
        for is_free in (True, False):
            if some := [id_ for id_ in paused if (id_ not in claimed) is is_free]:
                session.count(_RESUME, ids=some, is_free=int(is_free))
        session.wake_others()


class _SlippedInError(Exception):
    """
    Somebody claimed a source while its claim was being ended.
    """
