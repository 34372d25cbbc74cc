"""What the plugin notes of Buildbot's change sources: since when each is held, its last poll, and the next one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct, structs
from sqlalchemy import BigInteger, Column, ForeignKey, Integer, MetaData, Table, Text

from headwater.store.overview import STANDINGS, paged
from headwater.store.performer import Verb
from headwater.store.requests import Limits, Part, Request, only
from headwater.values import Condition, Standing

if TYPE_CHECKING:
    from headwater.store.attempt import Attempt
    from headwater.store.session import Session

METADATA = MetaData()

SOURCES = Table("changesources", METADATA, Column("id", Integer, primary_key=True))

NOTES = Table(
    "headwater_sources",
    METADATA,
    Column("changesourceid", ForeignKey(SOURCES.c.id, ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("masterid", Integer, nullable=False),
    Column("claimed_at", BigInteger),
    Column("began_at", BigInteger),
    Column("ended_at", BigInteger),
    Column("error", Text),
    Column("next_at", BigInteger),
    mysql_engine="InnoDB",
    mariadb_engine="InnoDB",
    mysql_charset="utf8mb4",
    mariadb_charset="utf8mb4",
)
"""One row per change source, by the master that has held it last; only to be shown, nothing is decided by it."""

_PAGE = 10_000

_LASTS_LONG = 1_000
"""Milliseconds after which it is said that a poll is running."""

# A master that does not hold a source any more, for it was paused meanwhile, does not write over its successor's.
_CLAIMED = """
    INSERT INTO headwater_sources (changesourceid, masterid, claimed_at, next_at)
    SELECT l.changesourceid, l.masterid, {now} - g.ago, {now} + g.next_in
    FROM {given: source int, ago bigint, next_in bigint} AS g
    JOIN changesource_masters l ON l.changesourceid = g.source AND l.masterid = :master
    WHERE 1 = 1 ORDER BY g.source {or_replace: headwater_sources.changesourceid (masterid, claimed_at, next_at)}"""

_POLLED = """
    INSERT INTO headwater_sources (changesourceid, masterid, began_at, ended_at, error, next_at)
    SELECT l.changesourceid, l.masterid, {now} - g.began_ago, {now} - g.ended_ago, g.error, {now} + g.next_in
    FROM {given: source int, began_ago bigint, ended_ago bigint, error text, next_in bigint} AS g
    JOIN changesource_masters l ON l.changesourceid = g.source AND l.masterid = :master
    WHERE 1 = 1 ORDER BY g.source
    {or_replace: headwater_sources.changesourceid (masterid, began_at, ended_at, error, next_at)}"""

_STANDINGS = STANDINGS.replace("{columns}", "n.claimed_at, NULL, NULL").replace(
    "{history}", "LEFT JOIN headwater_sources n ON n.changesourceid = s.id AND n.masterid = l.masterid"
)

_LIST = """
    SELECT n.changesourceid, n.began_at, n.ended_at, n.error, n.next_at, l.masterid, {now}
    FROM headwater_sources n
    LEFT JOIN changesource_masters l ON l.changesourceid = n.changesourceid AND l.masterid = n.masterid
    WHERE n.changesourceid > :after ORDER BY n.changesourceid LIMIT :page"""


class Claimed(Struct, frozen=True):
    """
    A source that a master has claimed; times in milliseconds before or after now.
    """

    source: int
    ago: int | None
    """None if nobody knows."""
    next_in: int | None
    claim: int | None = None
    """A number that nobody else draws, for the history; None if nobody knows when it began."""


class Polled(Struct, frozen=True, kw_only=True):
    """
    The last poll of a source that a master holds; times in milliseconds before or after now.
    """

    source: int
    began_ago: int
    ended_ago: int | None
    """None before the end of its first one."""
    error: str | None
    """Why the last one that has ended failed, if it did."""
    next_in: int | None


class Batch(Struct, frozen=True):
    """
    What a master notes at once.
    """

    master: int
    claimed: Sequence[Claimed]
    polled: Sequence[Polled]


def note(session: Session, calls: Sequence[Batch], attempt: Attempt) -> list[None]:
    """
    Note what masters have done with their sources; after a lost answer it is noted again.
    """
    for batch in calls:
        with session.transaction():
            note_one(session, batch)
    return [None for _ in calls]


def note_one(session: Session, batch: Batch) -> None:
    """
    Note what a master has done, in the transaction that the caller has begun.
    """
    for statement, rows in ((_CLAIMED, batch.claimed), (_POLLED, batch.polled)):
        if rows:
            session.count(statement, master=batch.master, rows=[structs.asdict(row) for row in rows])


def standings(session: Session, calls: Sequence[None], attempt: Attempt) -> list[list[Standing]]:
    """
    Return how the claim of every source stands, with when its holder noted that it claimed it.
    """
    found = paged(session, _STANDINGS)
    return [found for _ in calls]


def conditions(session: Session, calls: Sequence[None], attempt: Attempt) -> list[dict[int, Condition]]:
    """
    Return how the polls of every source go of which something was noted.
    """
    found: dict[int, Condition] = {}
    after = 0
    while page := session.rows(_LIST, after=after, page=_PAGE):
        found |= {row[0]: _condition(row) for row in page}
        after = page[-1][0]
    return [found for _ in calls]


NOTE = Verb(note, "records")


def noted(limits: Limits, batch: Batch) -> Request[None] | None:
    """
    Return the request that notes a batch; None if there is no table for it.
    """
    return Request(limits.instead[NOTE], [Part(batch)], only) if NOTE in limits.instead else None


def _condition(row: Sequence[Any]) -> Condition:
    _, began_at, ended_at, error, next_at, holder, now = row
    is_polled = holder is not None and began_at is not None and (ended_at is None or ended_at < began_at)
    is_long = is_polled and now - began_at > _LASTS_LONG
    return Condition(
        state="failing" if error else "checking" if is_long else "ok",
        reason=error or ("a poll is running" if is_long else ""),
        since=began_at or now,
        attempts=1 if error else 0,
        checked_at=ended_at,
        succeeded_at=None if error else ended_at,
        next_at=None if holder is None or is_polled else next_at,
    )
