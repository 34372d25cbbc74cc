"""What each source watches, where, and since when it can be claimed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from headwater.errors import UnknownChangeSourceError
from headwater.values import Settings, Watched

if TYPE_CHECKING:
    from headwater.store.attempt import Attempt
    from headwater.store.session import Session

# Claimable from now on, unless somebody holds it already by the connector alone.
_INSERT = """
    INSERT INTO source_settings (changesourceid, kind, url, host, claimable_at)
    SELECT s.id, g.kind, g.url, g.host, CASE WHEN l.masterid IS NULL THEN {now} END
    FROM {given: id int, kind text, url text, host text} AS g
    JOIN changesources s ON s.id = g.id
    LEFT JOIN changesource_masters l ON l.changesourceid = s.id
    WHERE 1 = 1 ORDER BY s.id {or_keep: source_settings.changesourceid}"""

_THERE = "SELECT changesourceid FROM source_settings WHERE changesourceid IN :ids"

_SELECT = """
    SELECT s.id, s.name, w.kind, w.url, w.host, l.masterid, {now} - w.claimable_at
    FROM source_settings w
    JOIN changesources s ON s.id = w.changesourceid
    LEFT JOIN changesource_masters l ON l.changesourceid = s.id"""

_ALL = _SELECT + " ORDER BY s.id"

# The index on claimable_at finds the few that are free among the many that are not. PostgreSQL looks at its clock for
# every row, and uses no index for that, unless the clock stands in a query of its own. What seems to become free later
# than anything ever does, does so by a clock that was set back.
_CLAIMABLE = (
    _SELECT
    + """
    WHERE (w.claimable_at <= (SELECT {now}) OR w.claimable_at > (SELECT {now}) + 10000)
    AND w.kind IN :kinds AND (w.host IS NULL OR w.host = :host)
    ORDER BY w.claimable_at, s.id LIMIT 1000"""
)


def configure(
    session: Session,
    calls: Sequence[tuple[int, Settings]],
    attempt: Attempt,
) -> list[UnknownChangeSourceError | None]:
    """
    Give sources their settings; those that have some keep them.
    """
    rows = [{"id": id_, "kind": settings.kind, "url": settings.url, "host": settings.host} for id_, settings in calls]
    session.count(_INSERT, rows=rows)
    session.wake_others()
    there = {id_ for (id_,) in session.rows(_THERE, ids=[id_ for id_, _ in calls])}
    return [None if id_ in there else UnknownChangeSourceError(id_) for id_, _ in calls]


def watched(session: Session, calls: Sequence[None], attempt: Attempt) -> list[list[Watched]]:
    """
    Return all sources with settings.
    """
    found = [_watched(row) for row in session.rows(_ALL)]
    return [found for _ in calls]


def claimable(
    session: Session,
    calls: Sequence[tuple[str, tuple[str, ...]]],
    attempt: Attempt,
) -> list[list[Watched]]:
    """
    Return the thousand that have been free for longest, of those that a host can run.
    """
    return [[_watched(row) for row in session.rows(_CLAIMABLE, host=host, kinds=list(kinds))] for host, kinds in calls]


def _watched(row: Sequence[Any]) -> Watched:
    id_, name, kind, url, host, holder, free_ms = row
    settings = Settings(kind=kind, url=url, host=host)
    return Watched(id=id_, name=name, settings=settings, holder=holder, free_ms=free_ms)
