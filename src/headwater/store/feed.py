"""Read what was recorded: the position of a source, and the changes in the order of their numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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
    WHERE c.number IN :numbers AND m.ordinal >= :first AND m.ordinal < :last ORDER BY c.number, m.ordinal"""

_COMMITS_AT_ONCE = 1000
"""Commits that one statement reads."""

_COMMITS_ON_A_PAGE = 10_000
"""Commits that the changes of one answer have together, unless it is one change alone."""

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

    They are fewer where they have many commits, but at least one, if there is one.
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
    counts = {row[0]: row[8] for row in rows}
    page = next(_few_commits(counts, _COMMITS_ON_A_PAGE), [])
    brought: dict[int, list[Commit]] = {number: [] for number in page}
    for numbers in _few_commits({number: counts[number] for number in page}, _COMMITS_AT_ONCE):
        for first in range(0, sum(counts[number] for number in numbers), _COMMITS_AT_ONCE):
            for number, commit in commits(session, numbers, first=first, most=_COMMITS_AT_ONCE):
                brought[number].append(commit)
    return [as_change(row, brought[row[0]]) for row in rows[: len(page)]]


def commits(session: Session, numbers: Sequence[int], *, first: int, most: int) -> list[tuple[int, Commit]]:
    """
    Return the commits of changes from an ordinal on, at most so many of each, with the number of the change.
    """
    rows = session.rows(_COMMITS, numbers=list(numbers), first=first, last=first + most)
    return [(number, as_commit(fields)) for number, *fields in rows]


def _few_commits(counts: Mapping[int, int], most: int) -> Iterator[list[int]]:
    """
    Cut changes so that those of each slice have few commits together, unless it is one change alone.
    """
    slice_: list[int] = []
    commits_of_slice = 0
    for number, count in counts.items():
        if slice_ and commits_of_slice + count > most:
            yield slice_
            slice_, commits_of_slice = [], 0
        slice_.append(number)
        commits_of_slice += count
    if slice_:
        yield slice_


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
