"""Delete what is older than it is to be kept: changes with their commits, and the history of claims, in slices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from headwater.store.settings import KEEP, from_row, keep_milliseconds
from headwater.store.staging import delete_commits
from headwater.values import INJECT

if TYPE_CHECKING:
    from headwater.store.attempt import Attempt
    from headwater.store.session import Session


class _Kept(NamedTuple):
    """
    A source, and the time before which nothing of it is kept.
    """

    source: int
    before: int
    is_removed: bool = False


class Nobodys(NamedTuple):
    """
    Sources that no master runs, and after which one to go on looking for more.
    """

    ids: list[int]
    last: int
    """0 after all sources were looked at."""


class _Old(NamedTuple):
    """
    A change that is not to be kept.
    """

    number: int
    token: int
    move: int
    commit_count: int


_AT_ONCE = 1000
"""Rows that one statement deletes."""

_EVER = 2**62

_SETTINGS = """
    SELECT s.id, {now}, w.kind, w.url, w.host, w.options
    FROM changesources s LEFT JOIN source_settings w ON w.changesourceid = s.id AND w.changesourceid IN :ids
    WHERE s.id IN :ids ORDER BY s.id"""

# Who holds a source that has no settings, or is of the kind that is injected, is no master that prunes.
_NOBODYS = """
    SELECT s.id, CASE WHEN w.changesourceid IS NULL OR w.kind = :inject OR l.masterid IS NULL THEN 1 ELSE 0 END
    FROM (SELECT id FROM changesources WHERE id > :after ORDER BY id LIMIT :most) AS s
    LEFT JOIN source_settings w ON w.changesourceid = s.id
    LEFT JOIN changesource_masters l ON l.changesourceid = s.id
    ORDER BY s.id"""

_REMOVED = """
    SELECT id FROM removed_sources WHERE kept_until <= (SELECT {now}) ORDER BY kept_until LIMIT 100"""

# For one source each: over many, PostgreSQL would find it cheaper to read the tables from end to end.
_OLD_CHANGES = """
    SELECT number, token, move, commit_count FROM changes
    WHERE changesourceid = :source AND recorded_at < :before ORDER BY recorded_at LIMIT :most"""

_DELETE_CHANGES = "DELETE FROM changes WHERE number IN :numbers"

_NEWEST_CLAIM = """
    SELECT id FROM claim_history
    WHERE changesourceid = :source AND until IS NOT NULL ORDER BY id DESC LIMIT 1"""

_OLD_CLAIMS = """
    SELECT id FROM claim_history
    WHERE changesourceid = :source AND id < :newest AND until < :before ORDER BY id LIMIT :most"""

_DELETE_CLAIMS = "DELETE FROM claim_history WHERE id IN :ids"

_LEFT_COMMITS = """
    SELECT DISTINCT token, move FROM commits WHERE changesourceid = :source LIMIT 100"""

_FORGET = "DELETE FROM removed_sources WHERE id = :source"


def prune(session: Session, calls: Sequence[tuple[tuple[int, ...], int]], attempt: Attempt) -> list[int]:
    """
    Delete what these sources, and those that were removed, keep no longer; return how much of it is left at least.

    It may be run by several at once, and again after a lost answer: what is gone is gone.
    """
    return [_prune(session, ids, most) for ids, most in calls]


def nobodys(session: Session, calls: Sequence[tuple[int, int]], attempt: Attempt) -> list[Nobodys]:
    """
    Return which sources no master runs, of the next so many after an id.
    """
    return [_nobodys(session, after, most) for after, most in calls]


def _nobodys(session: Session, after: int, most: int) -> Nobodys:
    rows = session.rows(_NOBODYS, after=after, most=most, inject=INJECT)
    return Nobodys([id_ for id_, is_nobodys in rows if is_nobodys], rows[-1][0] if len(rows) == most else 0)


def _prune(session: Session, ids: tuple[int, ...], most: int) -> int:
    for kept in [*_kept(session, ids), *_removed(session)]:
        for prune_some in (_prune_changes, _prune_claims):
            found = prune_some(session, kept, most)
            if found > most:
                return found - most
            most -= found
        if kept.is_removed:
            _forget(session, kept.source)
    return 0


def _kept(session: Session, ids: tuple[int, ...]) -> list[_Kept]:
    rows = session.rows(_SETTINGS, ids=sorted(ids)) if ids else []
    return [
        _Kept(id_, now - (KEEP if kind is None else keep_milliseconds(from_row(kind, *more))))
        for id_, now, kind, *more in rows
    ]


def _removed(session: Session) -> list[_Kept]:
    return [_Kept(id_, _EVER, is_removed=True) for (id_,) in session.rows(_REMOVED)]


def _prune_changes(session: Session, kept: _Kept, most: int) -> int:
    rows = session.rows(_OLD_CHANGES, source=kept.source, before=kept.before, most=most + 1)
    for slice_ in _slices([_Old(*row) for row in rows[:most]]):
        # From here on nobody sees them. Should this be interrupted, a later holder sweeps their commits.
        session.count(_DELETE_CHANGES, numbers=[old.number for old in slice_])
        for token in sorted({old.token for old in slice_}):
            delete_commits(session, kept.source, token, [old.move for old in slice_ if old.token == token])
    return len(rows)


def _prune_claims(session: Session, kept: _Kept, most: int) -> int:
    newest = session.rows(_NEWEST_CLAIM, source=kept.source)
    if not newest:
        return 0
    # The newest one tells since when a source is free.
    below = newest[0][0] + int(kept.is_removed)
    rows = session.rows(_OLD_CLAIMS, source=kept.source, newest=below, before=kept.before, most=most + 1)
    ids = [id_ for (id_,) in rows[:most]]
    for start in range(0, len(ids), _AT_ONCE):
        session.count(_DELETE_CLAIMS, ids=ids[start : start + _AT_ONCE])
    return len(rows)


def _forget(session: Session, source: int) -> None:
    while left := session.rows(_LEFT_COMMITS, source=source):
        for token, move in left:
            delete_commits(session, source, token, [move])
    session.count(_FORGET, source=source)


def _slices(changes: list[_Old]) -> Iterator[list[_Old]]:
    """
    Cut changes so that each slice has few commits, unless it is one change alone.
    """
    slice_: list[_Old] = []
    rows = 0
    for change in changes:
        rows += 1 + change.commit_count
        if slice_ and rows > _AT_ONCE:
            yield slice_
            slice_, rows = [], 1 + change.commit_count
        slice_.append(change)
    if slice_:
        yield slice_
