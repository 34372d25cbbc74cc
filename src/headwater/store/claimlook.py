"""What a plain read shows of the sources that are to be claimed, before anything is decided under locks."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

if TYPE_CHECKING:
    from headwater.store.session import Session


class Claimant(Struct, frozen=True, kw_only=True):
    """
    The master that a claim is for.
    """

    id: int
    name: str | None = None
    """None: any master with this id."""
    must_be_active: bool = True
    """False for the connector: Buildbot claims before its master is active."""
    becomes_active: bool = False
    """True for who claims for itself inside Buildbot: with its first claim it is active, so that nobody takes it."""
    life: str | None = None
    """The life whose lease says when the master was last marked active; None if it has none."""

    @property
    def needs_lock(self) -> bool:
        """
        Whether its row has to stay as it is while it claims.
        """
        return self.must_be_active or self.becomes_active


class Wanted(Struct, frozen=True, eq=False):
    """
    One call of `claim`: sources and who wants them. Two calls are never the same.
    """

    ids: tuple[int, ...]
    claimant: Claimant


Round = dict[int, Wanted]


# How the claims stand, and the claimants. The ids stand at each table: PostgreSQL would read all claims to join a few
# to theirs, at the latest by a plan that it made while there were none.
_LOOK = """
    SELECT s.id, l.masterid, o.active, {settings}
    FROM changesources s
    LEFT JOIN changesource_masters l ON l.changesourceid = s.id AND l.changesourceid IN :ids
    LEFT JOIN masters o ON o.id = l.masterid
    WHERE s.id IN :ids
    UNION ALL SELECT NULL, m.id, m.active, m.name FROM masters m WHERE m.id IN :masters"""

# A query for each row, for which every plan uses the index.
_SETTINGS = """(
        SELECT CASE WHEN w.paused_at IS NULL THEN 'watched' ELSE 'paused' END
        FROM source_settings w WHERE w.changesourceid = s.id)"""

_LOOK_AT_SETTINGS = _LOOK.replace("{settings}", _SETTINGS)

_LOOK_AT_CLAIMS = _LOOK.replace("{settings}", "NULL")

# The same look in one statement with the insert of what it finds free, which commits by itself. It cannot steal:
# who was faster keeps the source, which then shows as free and was not won.
_LOOK_AND_INSERT = """
    WITH seen AS MATERIALIZED (
        SELECT s.id, l.masterid, o.active, g.master
        FROM {given: source int, master int} AS g
        JOIN changesources s ON s.id = g.source AND s.id IN :ids
        LEFT JOIN changesource_masters l ON l.changesourceid = s.id AND l.changesourceid IN :ids
        LEFT JOIN masters o ON o.id = l.masterid),
    won AS (
        INSERT INTO changesource_masters (changesourceid, masterid)
        SELECT s.id, m.id FROM seen s JOIN masters m ON m.id = s.master AND m.id IN :masters
        WHERE s.masterid IS NULL ORDER BY s.id {or_nothing} RETURNING changesourceid)
    SELECT id, masterid, active, NULL FROM seen
    UNION ALL SELECT NULL, m.id, m.active, m.name FROM masters m WHERE m.id IN :masters
    UNION ALL SELECT NULL, NULL, changesourceid, NULL FROM won"""


class Seen(NamedTuple):
    """
    What a plain read showed, and what was won with it.
    """

    claims: dict[int, tuple[int | None, int | None, str | None]]
    """Each source that is there: its holder, whether that one is active; "watched" or "paused" if it has settings."""
    masters: dict[int, tuple[str, int]]
    """Each claimant that is there, with its name and whether it is active."""
    won: list[int]


def look(session: Session, pending: Round) -> Seen:
    """
    Read how the claims stand and who the claimants are; insert what is free with it, where one statement may.
    """
    ids, masters = sorted(pending), sorted({claimant.id for claimant in claimants(pending)})
    if inserts_at_once(session, pending):
        rows = session.rows(_LOOK_AND_INSERT, rows=given(pending), ids=ids, masters=masters)
    else:
        statement = _LOOK_AT_SETTINGS if session.recorder.has_tokens else _LOOK_AT_CLAIMS
        rows = session.rows(statement, ids=ids, masters=masters)
    seen = Seen({}, {}, [])
    for source, master, number, name in rows:
        if source is not None:
            seen.claims[source] = (master, number, name)
        elif master is not None:
            seen.masters[master] = (name, number)
        else:
            seen.won.append(number)
    return seen


def claimants(wanted: Round) -> set[Claimant]:
    """
    Return who wants something.

    Looked at once for each call, and not for each of the thousands of sources that a call may bring.
    """
    return {call.claimant for call in set(wanted.values())}


def inserts_at_once(session: Session, pending: Round) -> bool:
    """
    Tell whether `look` inserts: what needs no active claimant and leaves no history is right by itself, without a lock.
    """
    return (
        session.dialect.writes_in_with
        and not session.recorder.has_tokens
        and not any(claimant.needs_lock for claimant in claimants(pending))
    )


def given(wanted: Round) -> list[dict[str, int]]:
    """
    Return the rows (source, master) of those who want them, in the order of their sources.
    """
    return [{"source": id_, "master": wanted[id_].claimant.id} for id_ in sorted(wanted)]
