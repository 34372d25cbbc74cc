"""End claims: one's own, anybody's, and all of masters that went inactive (docs/explanation/claiming.md, R4 and R5)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from headwater.store.claims import LOCK_CLAIMS
from headwater.store.history import Opened, Why
from headwater.store.session import TroubleError

if TYPE_CHECKING:
    from headwater.store.attempt import Attempt
    from headwater.store.session import Session

_HELD_BY = "SELECT changesourceid FROM changesource_masters WHERE masterid IN :masters LIMIT 1000"

_HOLD_ANY = "SELECT 1 FROM changesource_masters WHERE masterid IN :masters LIMIT 1"

_INACTIVE = "SELECT id FROM masters WHERE active = 0 {or_gone}"

_AT_ONCE = 100
"""
Masters whose claims one statement looks for.

MariaDB looks into the index for each of up to two hundred; for more it guesses, and may read all claims instead.
"""

_LOCK_MASTERS = "SELECT id, active FROM masters WHERE id IN :ids ORDER BY id {for_share}"

_DELETE = "DELETE FROM changesource_masters WHERE changesourceid IN :ids"

_LOCK_SOURCES = "SELECT id FROM changesources WHERE id IN :ids ORDER BY id {for_update}"

_HOLDERS = "SELECT changesourceid, masterid FROM changesource_masters WHERE changesourceid IN :ids"

_DELETE_SEEN = """
    DELETE FROM changesource_masters WHERE changesourceid IN :ids AND masterid = :master RETURNING changesourceid"""


class Held(Struct, frozen=True):
    """
    One call of `release`: the holder, and the token of each source as `claim` told it.
    """

    master: int
    name: str | None
    tokens: dict[int, int | None]
    why: Why = "released"


def release(session: Session, calls: Sequence[Held], attempt: Attempt) -> list[list[int]]:
    """
    End claims that are still the ones named by holder and token; leave all others alone.

    Returns for each call the sources that it released. After a lost answer it is run again, for those claims that the
    first try had found: what is no longer there is done.
    """
    named = {id_: call for call in calls for id_ in call.tokens}
    with session.transaction():
        holders = _lock(session, named)
        opened = _opened(session, holders)
        theirs = {id_ for id_, holder in holders.items() if _is_theirs(named[id_], id_, holder, opened[id_])}
        if not attempt.again:
            attempt.memory.update({id_: id_ in theirs for id_ in named})
        ended = [id_ for id_ in holders if id_ in theirs and attempt.memory[id_]]
        for why in sorted({call.why for call in calls}):
            _end(session, [id_ for id_ in ended if named[id_].why == why], why)
    return [[id_ for id_ in call.tokens if attempt.memory[id_]] for call in calls]


def force_release(
    session: Session, calls: Sequence[tuple[tuple[int, ...], Why]], attempt: Attempt
) -> list[dict[int, int]]:
    """
    End claims, whoever holds them.

    Returns for each call the sources that were claimed, with their holders. After a lost answer only those are
    ended whose claim is still the one that the first try had locked: a blind second delete could hit the next
    holder's.
    """
    if session.dialect.writes_in_with and not session.recorder.has_tokens:
        return _delete_seen(session, [sources for sources, _ in calls], attempt)
    whys: dict[Why, list[int]] = {}
    for sources, why in calls:
        whys.setdefault(why, []).extend(sources)
    with session.transaction():
        holders = _lock(session, [id_ for sources, _ in calls for id_ in sources])
        opened = _opened(session, holders)
        claims = {id_: (holder, opened[id_].token) for id_, holder in holders.items()}
        if not attempt.again:
            attempt.memory.update({id_: claims.get(id_) for sources, _ in calls for id_ in sources})
        ended = {id_ for id_ in holders if attempt.memory[id_] == claims[id_]}
        for why, ids in whys.items():
            _end(session, sorted(ended.intersection(ids)), why)
    return [{id_: attempt.memory[id_][0] for id_ in sources if attempt.memory[id_]} for sources, _ in calls]


def _delete_seen(session: Session, calls: Sequence[tuple[int, ...]], attempt: Attempt) -> list[dict[int, int]]:
    """
    End claims of which there is no history: read who holds them, then delete just those.

    A source that changed hands in between is read again, but not after a lost answer, which may be the reason.
    """
    pending = sorted({id_ for sources in calls for id_ in sources})
    while pending:
        seen: dict[int, int] = dict(session.rows(_HOLDERS, ids=pending))
        if not attempt.again:
            attempt.memory.update({id_: seen.get(id_) for id_ in pending})
        held: dict[int, list[int]] = {}
        for id_, holder in sorted(seen.items()):
            if attempt.memory[id_] == holder:
                held.setdefault(holder, []).append(id_)
        # A statement for each holder, of whom there are few: to join pairs of both costs more than the rest of it.
        ended = {id_ for holder, ids in held.items() for (id_,) in session.rows(_DELETE_SEEN, ids=ids, master=holder)}
        pending = [] if attempt.again else [id_ for ids in held.values() for id_ in ids if id_ not in ended]
    return [{id_: attempt.memory[id_] for id_ in sources if attempt.memory[id_]} for sources in calls]


def end_all_of(session: Session, masters: Sequence[int], why: Why) -> list[int]:
    """
    End every claim of masters that this transaction has just marked inactive; return the sources.
    """
    ended: list[int] = []
    while some := end_slice_of(session, masters, why):
        ended += some
    return sorted(ended)


def end_slice_of(session: Session, masters: Sequence[int], why: Why) -> dict[int, int]:
    """
    End claims, at most a thousand, of masters that are inactive and stay so until this transaction ends.

    Returns who held each. The claims are read in a statement of their own, after the masters' rows are locked, so that
    one which was committed while this waited for the lock is seen.
    """
    ids = [id_ for (id_,) in session.rows(_HELD_BY, masters=list(masters))] if masters else []
    ended = {id_: holder for id_, holder in _lock(session, ids).items() if holder in masters}
    _end(session, list(ended), why)
    return ended


def end_left_by(session: Session, masters: Sequence[int], why: Why, note: Callable[[dict[int, int]], object]) -> None:
    """
    End every claim of those of these masters that are inactive, in slices, each a transaction of its own.

    Args:
        session: outside a transaction.
        masters: that were marked inactive; who is active by now keeps what it has.
        why: they end.
        note: told of each slice before it is committed: which source was held by whom.
    """
    left, has_failed = list(masters), False
    while left:
        try:
            left = _end_one_slice(session, left, why, note)
            has_failed = False
        except TroubleError:
            # One of hundreds may meet a lock or a lost connection. To try a slice again does no harm, for whatever
            # an inactive master holds is to be ended.
            if has_failed:
                raise
            has_failed = True


def _end_one_slice(
    session: Session, masters: list[int], why: Why, note: Callable[[dict[int, int]], object]
) -> list[int]:
    """
    End a slice of what inactive masters left; return who of them may have more.
    """
    if not session.rows(_HOLD_ANY, masters=masters):
        return []
    with session.transaction():
        inactive = _still_inactive(session, masters)
        note(end_slice_of(session, inactive, why))
    return inactive


def lock_claims(session: Session, ids: Iterable[int]) -> set[int]:
    """
    Lock the claims that there are of sources; return which have one.
    """
    return set(_lock(session, list(ids)))


def lock_sources(session: Session, ids: Iterable[int]) -> list[int]:
    """
    Lock sources, so that nobody can begin to claim one; return which are there.
    """
    ids = sorted(ids)
    return [id_ for (id_,) in session.rows(_LOCK_SOURCES, ids=ids)] if ids else []


def end_claims(session: Session, ids: Iterable[int], why: Why) -> None:
    """
    End claims that this transaction has locked, whoever holds them.
    """
    _end(session, sorted(ids), why)


def release_left(session: Session, calls: Sequence[None], attempt: Attempt) -> list[list[int]]:
    """
    End the claims that inactive masters left, at most a thousand; return their sources.

    They do no harm, for anybody can take them over; but only who asks for them by their ids sees that.
    """
    inactive = [id_ for (id_,) in session.rows(_INACTIVE)]
    ended: dict[int, int] = {}
    for start in range(0, len(inactive), _AT_ONCE):
        some = inactive[start : start + _AT_ONCE]
        if not ended and session.rows(_HOLD_ANY, masters=some):
            with session.transaction():
                ended = end_slice_of(session, _still_inactive(session, some), "expired")
    # One of those that asked together is told: each claim was ended once.
    return [sorted(ended), *([] for _ in calls[1:])]


def _still_inactive(session: Session, masters: Sequence[int]) -> list[int]:
    """
    Lock masters; return those that are inactive, or have no row.
    """
    active: dict[int, int] = dict(session.rows(_LOCK_MASTERS, ids=sorted(masters)))
    return [id_ for id_ in masters if not active.get(id_)]


def _lock(session: Session, ids: Sequence[int] | Mapping[int, object]) -> dict[int, int]:
    return dict(session.rows(LOCK_CLAIMS, ids=sorted(ids))) if ids else {}


def _opened(session: Session, ids: Iterable[int]) -> dict[int, Opened]:
    ids = list(ids)
    found = session.recorder.opened(session, ids) if ids else {}
    return {id_: found.get(id_, Opened()) for id_ in ids}


def _is_theirs(call: Held, id_: int, holder: int, opened: Opened) -> bool:
    return holder == call.master and opened.is_of(call.tokens[id_], call.name)


def _end(session: Session, ids: list[int], why: Why) -> None:
    if ids:
        session.count(_DELETE, ids=ids)
        session.recorder.end(session, ids, why)
