"""Register sources, get them, list them (docs/explanation/claiming.md, R1 and R6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from headwater.errors import NameCollisionError
from headwater.store import names
from headwater.store.names import Named, find_or_insert
from headwater.values import Source

if TYPE_CHECKING:
    from headwater.store.attempt import Attempt
    from headwater.store.session import Session

_PAGE = 10_000

_SOURCES = Named(
    find="SELECT name_hash, id, name FROM changesources WHERE name_hash IN :hashes",
    insert="""
        INSERT INTO changesources (name, name_hash)
        SELECT g.name, g.hash FROM {given: name text, hash text} AS g WHERE 1 = 1 ORDER BY g.hash
        {or_keep: changesources.name_hash}""",
)

# The ids stand at both tables: PostgreSQL would read all claims to join a few to theirs.
_GET = """
    SELECT s.id, s.name, l.masterid FROM changesources s
    LEFT JOIN changesource_masters l ON l.changesourceid = s.id AND l.changesourceid IN :ids
    WHERE s.id IN :ids"""

_LIST = """
    SELECT s.id, s.name, l.masterid FROM changesources s
    LEFT JOIN changesource_masters l ON l.changesourceid = s.id
    WHERE s.id > :after {condition} ORDER BY s.id LIMIT :page"""

_CONDITIONS: Mapping[bool | None, str] = {
    None: "",
    True: "AND l.masterid IS NOT NULL",
    False: "AND l.masterid IS NULL",
}


def register(
    session: Session, calls: Sequence[tuple[str, ...]], attempt: Attempt
) -> list[dict[str, int] | NameCollisionError]:
    """
    Return the id of each name; a name that is new gets one for ever.
    """
    found = find_or_insert(session, _SOURCES, [name for wanted in calls for name in wanted])
    return [_ids_of(wanted, found) for wanted in calls]


def find(session: Session, calls: Sequence[tuple[str, ...]], attempt: Attempt) -> list[dict[str, int]]:
    """
    Return the ids of those names that are registered.
    """
    found = names.find(session, _SOURCES, [name for wanted in calls for name in wanted])
    there = {name: id_ for name, id_ in found.items() if isinstance(id_, int)}
    return [{name: there[name] for name in wanted if name in there} for wanted in calls]


def get(session: Session, calls: Sequence[int], attempt: Attempt) -> list[Source | None]:
    """
    Return each source, or None where there is none with this id.
    """
    rows = {row[0]: row for row in session.rows(_GET, ids=sorted(set(calls)))}
    return [_source(rows[id_]) if id_ in rows else None for id_ in calls]


def list_(
    session: Session,
    calls: Sequence[tuple[bool | None, int | None]],
    attempt: Attempt,
) -> list[list[Source]]:
    """
    Return all sources, or those that have a claim or have none, or those of one holder.

    A source whose holder is inactive still counts as claimed (R6). Large lists are read in pages, so a list is
    not one instant of the registry.
    """
    return [_all_pages(session, active=active, master=master) for active, master in calls]


def _all_pages(session: Session, *, active: bool | None, master: int | None) -> list[Source]:
    values: dict[str, Any] = {"page": _PAGE} if master is None else {"page": _PAGE, "master": master}
    condition = _CONDITIONS[active] + ("" if master is None else " AND l.masterid = :master")
    statement = _LIST.replace("{condition}", condition)
    sources: list[Source] = []
    while True:
        page = session.rows(statement, after=sources[-1].id if sources else 0, **values)
        sources += [_source(row) for row in page]
        if len(page) < _PAGE:
            return sources


def _source(row: Sequence[Any]) -> Source:
    return Source(id=row[0], name=row[1], holder=row[2])


def _ids_of(
    wanted: tuple[str, ...], found: Mapping[str, int | NameCollisionError]
) -> dict[str, int] | NameCollisionError:
    ids = {}
    for name in wanted:
        id_ = found[name]
        if isinstance(id_, NameCollisionError):
            return id_
        ids[name] = id_
    return ids
