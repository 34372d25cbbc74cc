"""Read what was recorded: the position of a source, and the changes in the order of their numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from headwater.values import Change, Commit

if TYPE_CHECKING:
    from headwater.store.attempt import Attempt
    from headwater.store.session import Session

_BASELINED = "SELECT changesourceid FROM source_settings WHERE changesourceid = :source AND baselined_at IS NOT NULL"

_POSITION = "SELECT ref, oid FROM positions WHERE changesourceid = :source"

_CHANGES = """
    SELECT c.number, c.changesourceid, COALESCE(s.name, r.name), c.ref, c.before_oid, c.after_oid, c.forced,
           c.recorded_at, c.commit_count, c.dropped, c.left_out, c.history_lost, c.backfill
    FROM changes c
    LEFT JOIN changesources s ON s.id = c.changesourceid
    LEFT JOIN removed_sources r ON r.id = c.changesourceid
    WHERE c.number > :after ORDER BY c.number LIMIT :most"""

_OLDEST = "SELECT COALESCE((SELECT MIN(number) FROM changes), f.number + 1) FROM feed f WHERE f.id = 1"

_COMMITS = """
    SELECT c.number, m.oid, m.parents, m.author, m.author_email, m.authored_at, m.committer, m.committer_email,
           m.committed_at, m.message, m.lossy
    FROM changes c
    JOIN commits m ON m.changesourceid = c.changesourceid AND m.token = c.token AND m.move = c.move
    WHERE c.number IN :numbers ORDER BY c.number, m.ordinal"""

_COMMIT_FIELDS = (
    "oid",
    "parents",
    "author",
    "author_email",
    "authored_at",
    "committer",
    "committer_email",
    "committed_at",
    "message",
    "lossy",
)


def position(session: Session, calls: Sequence[int], attempt: Attempt) -> list[dict[str, str] | None]:
    """
    Return each source's position, ``{ref: object id}``; None if its refs were never seen.
    """
    return [_position(session, source) for source in calls]


def changes(
    session: Session,
    calls: Sequence[tuple[int, int]],
    attempt: Attempt,
) -> list[list[Change]]:
    """
    Return the changes after a number, at most so many, oldest first, each with its commits.
    """
    return [_changes(session, after, most) for after, most in calls]


def oldest(session: Session, calls: Sequence[None], attempt: Attempt) -> list[int]:
    """
    Return the lowest number that the feed still has, or the next one if it is empty.
    """
    number = session.rows(_OLDEST)[0][0]
    return [number for _ in calls]


def _position(session: Session, source: int) -> dict[str, str] | None:
    if not session.rows(_BASELINED, source=source):
        return None
    return dict(session.rows(_POSITION, source=source))


def _changes(session: Session, after: int, most: int) -> list[Change]:
    rows = session.rows(_CHANGES, after=after, most=most)
    brought: dict[int, list[Commit]] = {row[0]: [] for row in rows}
    if rows:
        for number, *fields in session.rows(_COMMITS, numbers=list(brought)):
            brought[number].append(as_commit(fields))
    return [as_change(row, brought[row[0]]) for row in rows]


def as_change(row: Sequence[Any], commits: Sequence[Commit]) -> Change:
    """
    Return a change from a row of all its columns.
    """
    number, source, name, ref, before, after, forced, recorded_at, count, dropped, left_out, lost, backfill = row
    return Change(
        number=number,
        source=source,
        source_name=name,
        ref=ref,
        before=before,
        after=after,
        forced=bool(forced),
        recorded_at=recorded_at,
        commit_count=count,
        commits=tuple(commits),
        dropped=dropped,
        left_out=left_out,
        history_lost=bool(lost),
        backfill=bool(backfill),
    )


def as_commit(fields: Sequence[Any]) -> Commit:
    """
    Return a commit from a row of all its columns.
    """
    values = dict(zip(_COMMIT_FIELDS, fields, strict=True))
    return Commit(**(values | {"parents": tuple(values["parents"].split()), "lossy": bool(values["lossy"])}))
