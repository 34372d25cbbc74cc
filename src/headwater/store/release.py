"""End claims: one's own, anybody's, and all of masters that went inactive (docs/explanation/claiming.md, R4 and R5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from headwater.store.claims import LOCK_CLAIMS

if TYPE_CHECKING:
    from headwater.store.attempt import Attempt
    from headwater.store.history import Why
    from headwater.store.session import Session

_HELD_BY = "SELECT changesourceid FROM changesource_masters WHERE masterid IN :masters"

_DELETE = "DELETE FROM changesource_masters WHERE changesourceid IN :ids"


class Held(Struct, frozen=True):
    """
    One call of `release`: the holder, and the token of each source as `claim` told it.
    """

    master: int
    tokens: dict[int, int | None]


def release(session: Session, calls: Sequence[Held], attempt: Attempt) -> list[list[int]]:
    """
    End claims that are still the ones named by holder and token; leave all others alone.

    Returns for each call the sources that it released. After a lost answer it is run again as it is: what is
    no longer there is done.
    """
    named = {id_: (call.master, token) for call in calls for id_, token in call.tokens.items()}
    with session.transaction():
        holders = _lock(session, named)
        tokens = session.recorder.tokens(session, holders) if holders else {}
        ended = [id_ for id_, holder in holders.items() if named[id_] == (holder, tokens.get(id_))]
        _end(session, ended, "released")
    return [[id_ for id_ in call.tokens if id_ in set(ended)] for call in calls]


def force_release(
    session: Session, calls: Sequence[tuple[tuple[int, ...], Why]], attempt: Attempt
) -> list[dict[int, int]]:
    """
    End claims, whoever holds them.

    Returns for each call the sources that were claimed, with their holders. After a lost answer only those are
    ended whose claim is still the one that the first try had locked: a blind second delete could hit the next
    holder's.
    """
    whys: dict[Why, list[int]] = {}
    for sources, why in calls:
        whys.setdefault(why, []).extend(sources)
    with session.transaction():
        holders = _lock(session, [id_ for sources, _ in calls for id_ in sources])
        claims = _with_tokens(session, holders)
        if not attempt.again:
            attempt.memory.update({id_: claims.get(id_) for sources, _ in calls for id_ in sources})
        ended = {id_ for id_ in holders if attempt.memory[id_] == claims[id_]}
        for why, ids in whys.items():
            _end(session, sorted(ended.intersection(ids)), why)
    return [{id_: attempt.memory[id_][0] for id_ in sources if attempt.memory[id_]} for sources, _ in calls]


def end_all_of(session: Session, masters: Sequence[int], why: Why) -> list[int]:
    """
    End every claim of masters that this transaction has just marked inactive; return the sources.

    The claims are read in a statement of their own, after the masters' rows are locked, so that one which was
    committed while this waited for the lock is seen.
    """
    if not masters:
        return []
    ids = [id_ for (id_,) in session.rows(_HELD_BY, masters=list(masters))]
    ended = [id_ for id_, holder in _lock(session, ids).items() if holder in set(masters)]
    _end(session, ended, why)
    return ended


def _lock(session: Session, ids: Sequence[int] | Mapping[int, object]) -> dict[int, int]:
    return dict(session.rows(LOCK_CLAIMS, ids=sorted(ids))) if ids else {}


def _with_tokens(session: Session, holders: Mapping[int, int]) -> dict[int, tuple[int, int | None]]:
    tokens = session.recorder.tokens(session, holders) if holders else {}
    return {id_: (holder, tokens.get(id_)) for id_, holder in holders.items()}


def _end(session: Session, ids: list[int], why: Why) -> None:
    if ids:
        session.count(_DELETE, ids=ids)
        session.recorder.end(session, ids, why)
