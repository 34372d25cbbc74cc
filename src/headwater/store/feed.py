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
    SELECT c.number, c.changesourceid, s.name, c.ref, c.before_oid, c.after_oid, c.forced, c.recorded_at,
           c.commit_count
    FROM changes c JOIN changesources s ON s.id = c.changesourceid
    WHERE c.number > :after ORDER BY c.number LIMIT :most"""

_COMMITS = """
    SELECT c.number, m.oid, m.parents, m.author, m.author_email, m.authored_at, m.committer, m.committer_email,
           m.committed_at, m.message
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


def _position(session: Session, source: int) -> dict[str, str] | None:
    if not session.rows(_BASELINED, source=source):
        return None
    return dict(session.rows(_POSITION, source=source))


def _changes(session: Session, after: int, most: int) -> list[Change]:
    rows = session.rows(_CHANGES, after=after, most=most)
    brought: dict[int, list[Commit]] = {row[0]: [] for row in rows}
    if rows:
        for number, *fields in session.rows(_COMMITS, numbers=list(brought)):
            brought[number].append(_commit(fields))
    return [_change(row, brought[row[0]]) for row in rows]


def _change(row: Sequence[Any], commits: Sequence[Commit]) -> Change:
    number, source, name, ref, before, after, forced, recorded_at, count = row
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
    )


def _commit(fields: Sequence[Any]) -> Commit:
    values = dict(zip(_COMMIT_FIELDS, fields, strict=True))
    return Commit(**(values | {"parents": tuple(values["parents"].split())}))
