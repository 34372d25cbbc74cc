"""Claim, take over, release: the only place that writes claims (docs/explanation/claiming.md, R2 to R5)."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from headwater.errors import (
    ChangeSourceAlreadyClaimedError,
    ChangeSourcePausedError,
    DatabaseBusyError,
    HeadwaterError,
    MasterInactiveError,
    UnknownChangeSourceError,
    UnknownMasterError,
)
from headwater.store.claimlook import Claimant, Round, Seen, Wanted, claimants, given, inserts_at_once, look
from headwater.store.dialect import Trouble
from headwater.store.history import Begun, Opened
from headwater.store.session import TroubleError

if TYPE_CHECKING:
    from headwater.store.attempt import Attempt
    from headwater.store.session import Session

Token = int | None
"""The fencing token of a claim; None on Buildbot's database, which keeps no history."""


Outcome = Token | HeadwaterError
_ROUNDS = 20

_LOCK_MASTERS = "SELECT id, name, active FROM masters WHERE id IN :ids ORDER BY id {for_share}"

# Always by primary key and in its order: two that lock claims wait for each other, and never in a circle.
LOCK_CLAIMS = """
    SELECT changesourceid, masterid FROM changesource_masters {by_primary_key}
    WHERE changesourceid IN :ids ORDER BY changesourceid {for_update}"""

_ACTIVATE = "UPDATE masters SET active = 1, last_active = {now_seconds} WHERE id = :id"

# In the same transaction: whose row was written past its lease runs without the plugin, and is not judged by it.
_NOTE_ON_LEASE = """
    UPDATE headwater_leases SET last_active = (SELECT m.last_active FROM masters m WHERE m.id = :id)
    WHERE masterid = :id AND name = :life AND ended_at IS NULL"""

_TAKE_OVER = "UPDATE changesource_masters SET masterid = :master WHERE changesourceid IN :ids"

_INSERT_FREE = """
    INSERT {ignore} INTO changesource_masters (changesourceid, masterid)
    SELECT s.id, m.id FROM changesources s JOIN masters m ON m.id = :master
    WHERE s.id IN :ids ORDER BY s.id {or_nothing}"""

_INSERT_FREE_FOR_SEVERAL = """
    INSERT {ignore} INTO changesource_masters (changesourceid, masterid)
    SELECT s.id, m.id FROM {given: source int, master int} AS g
    JOIN changesources s ON s.id = g.source JOIN masters m ON m.id = g.master
    WHERE 1 = 1 ORDER BY s.id {or_nothing}"""

_RETURNING = " RETURNING changesourceid"


def claim(session: Session, calls: Sequence[Wanted], attempt: Attempt) -> list[dict[int, Outcome]]:
    """
    Claim each source that nobody holds, and take over each that an inactive master holds.

    A plain read sorts the sources and decides what cannot be had, at the cost of no lock. What might be had is
    decided in a short transaction on the current rows, under their locks (R3). What slipped away in between is
    read again.
    """
    wanted: Round = {id_: call for call in calls for id_ in call.ids}
    pending = wanted
    decided: dict[int, Outcome] = {}
    for _ in range(_ROUNDS):
        decided |= _one_round(session, pending, attempt)
        if len(decided) == len(wanted):
            break
        pending = {id_: call for id_, call in wanted.items() if id_ not in decided}
    busy = DatabaseBusyError("the claims", "change hands too quickly")
    return [{id_: decided.get(id_, busy) for id_ in call.ids} for call in calls]


def _one_round(session: Session, pending: Round, attempt: Attempt) -> dict[int, Outcome]:
    seen = look(session, pending)
    outcomes = _without_unknown(pending, seen.claims) | dict.fromkeys(seen.won)
    # A claimant that could not claim anything is told so, whatever it wanted.
    refused = _refused(pending, seen.masters)
    free: Round = {}
    left: Round = {}
    holders: dict[int, int] = {}
    for id_, call in pending.items():
        if id_ in outcomes:
            continue
        holder, active, state = seen.claims[id_]
        if refused and call.claimant in refused:
            outcomes[id_] = refused[call.claimant]
        elif not active and state == "paused" and call.claimant.must_be_active:
            outcomes[id_] = ChangeSourcePausedError(id_)
        elif holder is None:
            free[id_] = call
        elif not active:
            left[id_], holders[id_] = call, holder
        elif _has_it(call.claimant, holder, id_, attempt):
            outcomes[id_] = session.recorder.opened(session, [id_]).get(id_, Opened()).token
        else:
            attempt.memory[id_] = "refused"
            outcomes[id_] = ChangeSourceAlreadyClaimedError(id_, holder)
    if inserts_at_once(session, pending):
        free = {}
    if free or left:
        outcomes |= _decide(session, free, left, holders, seen)
    return outcomes


def _without_unknown(pending: Round, seen: Mapping[int, object]) -> dict[int, Outcome]:
    """
    Refuse the calls that name a source which is not there, whole: their callers get an error and no tokens.
    """
    unknown = sorted(pending.keys() - seen.keys())
    return {id_: UnknownChangeSourceError(missing) for missing in unknown for id_ in pending[missing].ids}


def _has_it(claimant: Claimant, holder: int, id_: int, attempt: Attempt) -> bool:
    """
    Tell whether a claim that is already there counts as won: it may be the one whose answer was lost.
    """
    return holder == claimant.id and (claimant.becomes_active or (attempt.again and id_ not in attempt.memory))


def _decide(session: Session, free: Round, left: Round, holders: Mapping[int, int], seen: Seen) -> dict[int, Outcome]:
    """
    Decide under locks, unless what was seen is not so any more: then nothing is decided before the next look.
    """
    watched = {id_ for id_, (_, _, state) in seen.claims.items() if state == "watched"}
    try:
        return _decide_under_locks(session, free, left, holders, watched)
    except _SlippedAwayError:
        return {}
    except TroubleError as error:
        # A source or a master was removed: the next look shows that it is unknown.
        if error.trouble is not Trouble.DATA:
            raise
        return {}


def _decide_under_locks(
    session: Session, free: Round, left: Round, holders: Mapping[int, int], watched: set[int]
) -> dict[int, Outcome]:
    wanted = free | left
    needs_locks = bool(left) or any(claimant.needs_lock for claimant in claimants(free))
    # As in `inserts_at_once`, after the look.
    needs_transaction = needs_locks or session.recorder.has_tokens
    with session.transaction() if needs_transaction else contextlib.nullcontext():
        refused: dict[Claimant, HeadwaterError] = {}
        masters: dict[int, tuple[str, int]] = {}
        if needs_locks:
            masters = _lock_masters(session, wanted, holders)
            refused = _refused(wanted, masters)
            _activate(session, wanted, masters)
        # First the free ones, all in one order: who inserts waits for whoever is just inserting, changing or
        # deleting a claim of the same source, and must not keep others waiting for a claim meanwhile.
        inserted = _insert_free(session, _but(free, refused))
        won = sorted(inserted + _take_over(session, _but(left, refused), holders, masters))
        begun = session.recorder.begin(session, won) if won else Begun({}, 0)
        if begun.watched != len(watched.intersection(won)):
            raise _SlippedAwayError
    outcomes: dict[int, Outcome] = dict.fromkeys(won) | begun.tokens
    if not refused:
        return outcomes
    return outcomes | {id_: refused[call.claimant] for id_, call in wanted.items() if call.claimant in refused}


def _lock_masters(session: Session, wanted: Round, holders: Mapping[int, int]) -> dict[int, tuple[str, int]]:
    # Shared locks, in the order of their ids, before any claim's: nobody becomes active or inactive meanwhile.
    ids = sorted({claimant.id for claimant in claimants(wanted)} | set(holders.values()))
    # Who is going to write its row takes the stronger lock at once: two that hold the weaker one would deadlock.
    writes = any(claimant.becomes_active for claimant in claimants(wanted))
    statement = _LOCK_MASTERS.replace("{for_share}", "{for_update}") if writes else _LOCK_MASTERS
    return {id_: (name, active) for id_, name, active in session.rows(statement, ids=ids)}


def _activate(session: Session, wanted: Round, masters: Mapping[int, tuple[str, int]]) -> None:
    for claimant in claimants(wanted):
        if claimant.becomes_active and not masters.get(claimant.id, ("", 1))[1]:
            activate(session, claimant.id, claimant.life)


def activate(session: Session, master: int, life: str | None) -> int:
    """
    Mark a Buildbot master active as of now, in a transaction; return how many rows were found.
    """
    found = session.count(_ACTIVATE, id=master)
    if life is not None:
        session.count(_NOTE_ON_LEASE, id=master, life=life)
    return found


def _refused(wanted: Round, masters: Mapping[int, tuple[str, int]]) -> dict[Claimant, HeadwaterError]:
    return {claimant: error for claimant in claimants(wanted) if (error := _refusal(claimant, masters))}


def _refusal(claimant: Claimant, masters: Mapping[int, tuple[str, int]]) -> HeadwaterError | None:
    name, active = masters.get(claimant.id, (None, 0))
    if name is None or claimant.name not in {None, name}:
        return UnknownMasterError(claimant.id)
    return MasterInactiveError(claimant.id) if claimant.must_be_active and not active else None


def _take_over(
    session: Session, left: Round, holders: Mapping[int, int], masters: Mapping[int, tuple[str, int]]
) -> list[int]:
    """
    Take what is still held, now that the rows are locked, by the holder that was seen, if that one is inactive.
    """
    if not left:
        return []
    # A holder without a row counts as inactive: SQLite lets other programs leave such claims behind.
    inactive = {holder for holder in holders.values() if not masters.get(holder, ("", 0))[1]}
    locked = session.rows(LOCK_CLAIMS, ids=sorted(left))
    taken = [id_ for id_, holder in locked if holder == holders[id_] and holder in inactive]
    if taken:
        session.recorder.end(session, taken, "taken over")
    for claimant, ids in _by_claimant(left, taken):
        session.count(_TAKE_OVER, ids=ids, master=claimant.id)
    return taken


def _insert_free(session: Session, free: Round) -> list[int]:
    """
    Insert the claims of sources that had none; who was faster keeps the source, for a conflict changes nothing.
    """
    masters = {claimant.id for claimant in claimants(free)}
    if not masters:
        return []
    if not session.dialect.returning:
        return [
            id_ for id_, call in sorted(free.items()) if session.count(_INSERT_FREE, ids=[id_], master=call.claimant.id)
        ]
    if len(masters) == 1:
        return _insert_for_one(session, sorted(free), masters.pop())
    return _ids(session.rows(_INSERT_FREE_FOR_SEVERAL + _RETURNING, rows=given(free)))


def _insert_for_one(session: Session, ids: list[int], master: int) -> list[int]:
    if session.in_transaction and not session.dialect.waits_for_locks:
        # Nobody else writes now, so that mostly all are won: to be told how many costs a bulk claim a fifth less than
        # to be told which.
        session.count("SAVEPOINT free")
        if session.count(_INSERT_FREE, ids=ids, master=master) == len(ids):
            return ids
        session.count("ROLLBACK TO free")
    return _ids(session.rows(_INSERT_FREE + _RETURNING, ids=ids, master=master))


def _ids(rows: Iterable[tuple[int]]) -> list[int]:
    return [id_ for (id_,) in rows]


def _but(wanted: Round, refused: Mapping[Claimant, HeadwaterError]) -> Round:
    return {id_: call for id_, call in wanted.items() if call.claimant not in refused} if refused else wanted


def _by_claimant(wanted: Round, ids: Iterable[int]) -> Iterator[tuple[Claimant, list[int]]]:
    theirs: dict[Claimant, list[int]] = {}
    for id_ in sorted(ids):
        theirs.setdefault(wanted[id_].claimant, []).append(id_)
    return iter(theirs.items())


class _SlippedAwayError(Exception):
    """
    Sources were paused, or resumed, after the look: nothing is claimed before the next one.
    """
