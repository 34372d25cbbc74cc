"""What the plugin notes of the claims of Buildbot's change sources: who held each, since when, and why that ended."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct, structs
from sqlalchemy import BigInteger, Column, Computed, ForeignKey, Index, Integer, String, Table, Text

from headwater.errors import WrongKindError
from headwater.store.history import Why
from headwater.store.notes import METADATA, SOURCES, Batch, note_one
from headwater.store.overview import STANDINGS, paged
from headwater.store.performer import Verb
from headwater.store.requests import Limits, Part, Request, only
from headwater.store.session import TroubleError
from headwater.values import Standing

if TYPE_CHECKING:
    from headwater.store.attempt import Attempt
    from headwater.store.session import Session

HISTORY = Table(
    "headwater_history",
    METADATA,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("changesourceid", ForeignKey(SOURCES.c.id, ondelete="CASCADE"), nullable=False),
    Column("masterid", Integer, nullable=False),
    Column("master_name", Text, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger),
    Column("why", String(16)),
    # Unique where it is not NULL, on every database: a source has at most one open row.
    Column("open_source", Integer, Computed("CASE WHEN until IS NULL THEN changesourceid END", persisted=True)),
    Index("headwater_history_open_source", "open_source", unique=True),
    Index("headwater_history_source", "changesourceid", "since"),
    Index("headwater_history_until", "until"),
    mysql_engine="InnoDB",
    mariadb_engine="InnoDB",
    mysql_charset="utf8mb4",
    mariadb_charset="utf8mb4",
)
"""One row per claim that a master has noted, its id drawn by that master; only to be shown, too."""

_KEPT = 90 * 86_400_000
"""Milliseconds for which an ended claim is kept."""

_SLICE = 500
"""Ended claims that are deleted at once, whenever claims are noted."""

# It is closed when the next one began, and not before it began itself: clocks of databases are set now and then. As an
# UPDATE, MariaDB would read all that is given once for each row.
_SUCCEED = """
    INSERT INTO headwater_history (id, changesourceid, masterid, master_name, since, until, why)
    SELECT h.id, h.changesourceid, h.masterid, h.master_name, h.since,
        CASE WHEN {now} - g.ago < h.since THEN h.since ELSE {now} - g.ago END, 'taken over'
    FROM {given: claim bigint, source int, ago bigint} AS g
    JOIN headwater_history h ON h.open_source = g.source AND h.id <> g.claim
    JOIN changesource_masters l ON l.changesourceid = g.source AND l.masterid = :master
    WHERE 1 = 1 ORDER BY h.id {or_replace: headwater_history.id (until, why)}"""

# Noted again, after a lost answer, it is there.
_OPEN = """
    INSERT INTO headwater_history (id, changesourceid, masterid, master_name, since)
    SELECT g.claim, l.changesourceid, m.id, m.name, {now} - g.ago
    FROM {given: claim bigint, source int, ago bigint} AS g
    JOIN changesource_masters l ON l.changesourceid = g.source AND l.masterid = :master
    JOIN masters m ON m.id = l.masterid
    WHERE NOT EXISTS (SELECT 1 FROM headwater_history h WHERE h.id = g.claim) ORDER BY g.source"""

_CLOSE = """
    UPDATE headwater_history SET until = {now}, why = :why
    WHERE masterid = :master AND open_source IS NOT NULL AND changesourceid NOT IN (
        SELECT l.changesourceid FROM changesource_masters l WHERE l.masterid = :master)"""

_OLD = "SELECT id FROM headwater_history WHERE until < (SELECT {now}) - :kept ORDER BY until LIMIT :most"

_PRUNE = "DELETE FROM headwater_history WHERE id IN :ids"

# Whose end nobody has seen is open, and held no more.
_PAST = """
    SELECT h.masterid, h.master_name, h.since, h.until,
        CASE WHEN h.until IS NULL AND l.masterid IS NULL THEN 'unknown' ELSE h.why END
    FROM headwater_history h
    LEFT JOIN changesource_masters l ON l.changesourceid = h.changesourceid AND l.masterid = h.masterid
    WHERE h.changesourceid = :source
    ORDER BY h.since DESC, CASE WHEN h.until IS NULL THEN 0 ELSE 1 END, h.id LIMIT :most"""

_STANDINGS = STANDINGS.replace("{columns}", "n.claimed_at, p.until, p.why").replace(
    "{history}",
    """
    LEFT JOIN headwater_sources n ON n.changesourceid = s.id AND n.masterid = l.masterid
    LEFT JOIN headwater_history p ON p.id = (
        SELECT q.id FROM headwater_history q
        WHERE q.changesourceid = s.id AND q.until IS NOT NULL ORDER BY q.since DESC, q.id LIMIT 1)""",
)


class NotedClaim(Struct, frozen=True):
    """
    One claim of a source, past or present, as the masters have noted it.
    """

    master: int
    master_name: str
    since: int
    """Milliseconds of the database's clock."""
    until: int | None
    why: str | None
    """Why it ended; unknown if nobody has seen when."""


def note(session: Session, calls: Sequence[Batch], attempt: Attempt) -> list[None]:
    """
    Note what masters have done with their sources, and which claims have begun and ended.
    """
    for batch in calls:
        with session.transaction():
            note_one(session, batch)
            session.count(_CLOSE, master=batch.master, why="released")
            if rows := [structs.asdict(row) for row in batch.claimed if row.claim is not None]:
                for statement in (_SUCCEED, _OPEN):
                    session.count(statement, master=batch.master, rows=rows)
        if batch.claimed:
            _prune(session)
    return [None for _ in calls]


def note_end(session: Session, master: int, why: Why) -> None:
    """
    Note that a master has lost what it does not hold any more; that it cannot be noted stops nothing.
    """
    with contextlib.suppress(TroubleError), session.transaction():
        session.count(_CLOSE, master=master, why=why)


def history(session: Session, calls: Sequence[tuple[int, int]], attempt: Attempt) -> list[list[NotedClaim]]:
    """
    Return the newest claims of each source that were noted, at most so many, the newest first.
    """
    return [[NotedClaim(*row) for row in session.rows(_PAST, source=source, most=most)] for source, most in calls]


def standings(session: Session, calls: Sequence[None], attempt: Attempt) -> list[list[Standing]]:
    """
    Return what is noted of every claim, with when and why the claim before ended.
    """
    found = paged(session, _STANDINGS)
    return [found for _ in calls]


PAST = Verb(history, "lists")


def past(limits: Limits, source: int, *, most: int) -> Request[list[NotedClaim]]:
    """
    Return the request for the newest claims of a source.

    Raises:
        WrongKindError: there is no table for them.
    """
    if PAST not in limits.instead:
        problem = "is Buildbot's database and has no history of claims: `headwater buildbot install` makes its table"
        raise WrongKindError(limits.shown, problem)
    return Request(PAST, [Part((source, most))], only)


def _prune(session: Session) -> None:
    if old := [id_ for (id_,) in session.rows(_OLD, kept=_KEPT, most=_SLICE)]:
        session.count(_PRUNE, ids=old)
