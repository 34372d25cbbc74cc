"""The numbers of edits, by which masters find what was edited since they looked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from headwater.store.pausing import resume_due
from headwater.values import Edited

if TYPE_CHECKING:
    from headwater.store.attempt import Attempt
    from headwater.store.session import Session

_AT_ONCE = 1000
"""Sources that share a number at the most, and sources that are told at once."""

_COUNT_UP = "UPDATE edits SET number = number + :more WHERE id = 1"

_NEWEST = "SELECT number FROM edits WHERE id = 1"

# One statement of one snapshot: what was edited, the newest number, and whose pause is over.
_EDITED = """
    SELECT e.changesourceid, e.version FROM (
        SELECT changesourceid, version FROM source_settings WHERE version > :after ORDER BY version LIMIT 1001) AS e
    UNION ALL SELECT NULL, number FROM edits WHERE id = 1
    UNION ALL SELECT d.changesourceid, NULL FROM (
        SELECT changesourceid FROM source_settings WHERE paused_until <= (SELECT {now}) LIMIT 1000) AS d"""


def numbered(session: Session, ids: Iterable[int]) -> dict[int, list[int]]:
    """
    Give sources, whose settings this transaction has locked, the next numbers: its last lock.

    Whoever sees a number has seen all before it. A thousand share one, so that all of one number fit on a page.
    """
    ordered = sorted(ids)
    slices = [ordered[start : start + _AT_ONCE] for start in range(0, len(ordered), _AT_ONCE)]
    if not slices:
        return {}
    session.count(_COUNT_UP, more=len(slices))
    newest = session.rows(_NEWEST)[0][0]
    return dict(enumerate(slices, start=newest - len(slices) + 1))


def edited(session: Session, calls: Sequence[int], attempt: Attempt) -> list[Edited]:
    """
    Return which sources were edited after a number, at most a thousand; resume those whose pause is over.

    After -1, only the newest number.
    """
    return [_edited(session, after) for after in calls]


def _edited(session: Session, after: int) -> Edited:
    if after < 0:
        return Edited(number=session.rows(_NEWEST)[0][0])
    newest = after
    due: list[int] = []
    versions: dict[int, int] = {}
    for id_, number in session.rows(_EDITED, after=after):
        if id_ is None:
            newest = number
        elif number is None:
            due.append(id_)
        else:
            versions[id_] = number
    if due:
        resume_due(session, due)
    if len(versions) > _AT_ONCE:
        # The last number may go on beyond the page: it is told as a whole next time.
        newest = max(versions.values()) - 1
    return Edited(number=newest, ids=tuple(id_ for id_, number in versions.items() if number <= newest))
