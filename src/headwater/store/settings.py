"""What each source watches, where, and since when it can be claimed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from headwater.errors import UnknownChangeSourceError
from headwater.values import Settings, Watched

if TYPE_CHECKING:
    from headwater.store.attempt import Attempt
    from headwater.store.session import Session

# Claimable from now on, unless somebody holds it already by the connector alone.
INSERT = """
    INSERT INTO source_settings (changesourceid, kind, url, host, options, claimable_at)
    SELECT s.id, g.kind, g.url, g.host, g.options, CASE WHEN l.masterid IS NULL THEN {now} END
    FROM {given: id int, kind text, url text, host text, options text} AS g
    JOIN changesources s ON s.id = g.id
    LEFT JOIN changesource_masters l ON l.changesourceid = s.id
    WHERE 1 = 1 ORDER BY s.id {or_keep: source_settings.changesourceid}"""

_THERE = "SELECT changesourceid FROM source_settings WHERE changesourceid IN :ids"

_SELECT = """
    SELECT s.id, s.name, w.kind, w.url, w.host, w.options, l.masterid, {now} - w.claimable_at
    FROM source_settings w
    JOIN changesources s ON s.id = w.changesourceid
    LEFT JOIN changesource_masters l ON l.changesourceid = s.id"""

_ALL = _SELECT + " ORDER BY s.id"

# The index on claimable_at finds the few that are not NULL among the many that are. PostgreSQL looks at its clock for
# every row unless the clock stands in a query of its own. What seems to become free later than anything ever does, does
# so by a clock that was set back.
_CLAIMABLE = (
    _SELECT
    + """
    WHERE w.claimable_at >= 0 AND (w.claimable_at <= (SELECT {now}) OR w.claimable_at > (SELECT {now}) + 10000)
    AND w.kind IN :kinds AND (w.host IS NULL OR w.host = :host)
    ORDER BY w.claimable_at, s.id LIMIT 1000"""
)

KEEP = round(Settings(kind="", url="").keep * 1000)
"""Milliseconds for which is kept what a source without settings leaves."""

_COLUMNS = ("kind", "url", "host")
"""Settings with a column of their own; what else differs from the defaults is the JSON in the column `options`."""


def configure(
    session: Session,
    calls: Sequence[tuple[int, Settings]],
    attempt: Attempt,
) -> list[UnknownChangeSourceError | None]:
    """
    Give sources their settings; those that have some keep them.
    """
    session.count(INSERT, rows=[{"id": id_, **as_row(settings)} for id_, settings in calls])
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


def as_row(settings: Settings) -> dict[str, str | None]:
    """
    Return settings as the columns kind, url, host and options hold them.
    """
    defaults = Settings(kind="", url="")
    more = {
        field: getattr(settings, field)
        for field in settings.__struct_fields__
        if field not in _COLUMNS and getattr(settings, field) != getattr(defaults, field)
    }
    options = msgspec.json.encode(more, order="sorted").decode() if more else None
    return {"kind": settings.kind, "url": settings.url, "host": settings.host, "options": options}


def keep_milliseconds(settings: Settings) -> int:
    """
    Return for how long the changes and the history of a source are kept.
    """
    return round(settings.keep * 1000)


def from_row(kind: str, url: str, host: str | None, options: str | None) -> Settings:
    """
    Return the settings that these columns hold.
    """
    if options is None:
        return Settings(kind=kind, url=url, host=host)
    return msgspec.convert({**msgspec.json.decode(options), "kind": kind, "url": url, "host": host}, Settings)


def _watched(row: Sequence[Any]) -> Watched:
    id_, name, *columns, holder, free_ms = row
    return Watched(id=id_, name=name, settings=from_row(*columns), holder=holder, free_ms=free_ms)
