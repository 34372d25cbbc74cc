"""The newest changes of one source, for people who look: of the commits of each, only the newest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from headwater.store.feed import as_change, as_commit
from headwater.values import Change

if TYPE_CHECKING:
    from headwater.store.attempt import Attempt
    from headwater.store.session import Session

_LATEST = """
    SELECT c.number, c.changesourceid, s.name, c.ref, c.before_oid, c.after_oid, c.forced,
           c.recorded_at, c.commit_count, c.dropped, c.left_out, c.history_lost, c.backfill
    FROM changes c JOIN changesources s ON s.id = c.changesourceid
    WHERE c.changesourceid = :source ORDER BY c.recorded_at DESC, c.number DESC LIMIT :most"""

_NEWEST_COMMITS = """
    SELECT c.number, m.oid, m.parents, m.author, m.author_email, m.authored_at, m.committer, m.committer_email,
           m.committed_at, m.message, m.lossy
    FROM changes c
    JOIN commits m ON m.changesourceid = c.changesourceid AND m.token = c.token AND m.move = c.move
        AND m.ordinal = c.commit_count - 1
    WHERE c.number IN :numbers"""


def latest(session: Session, calls: Sequence[tuple[int, int]], attempt: Attempt) -> list[list[Change]]:
    """
    Return the newest changes of each source, at most so many, the newest first.
    """
    return [_latest(session, source, most) for source, most in calls]


def _latest(session: Session, source: int, most: int) -> list[Change]:
    rows = session.rows(_LATEST, source=source, most=most)
    if not rows:
        return []
    found = session.rows(_NEWEST_COMMITS, numbers=[row[0] for row in rows])
    newest = {number: as_commit(fields) for number, *fields in found}
    return [as_change(row, [newest[row[0]]] if row[0] in newest else []) for row in rows]
