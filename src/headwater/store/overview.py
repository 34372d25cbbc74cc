"""What people look at: how every claim stands, what became of the claims before, whether the database is there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from headwater.values import PastClaim, Pulse, Standing

if TYPE_CHECKING:
    from headwater.store.attempt import Attempt
    from headwater.store.session import Session

_PAGE = 10_000

STANDINGS = """
    SELECT s.id, s.name, l.masterid, o.name, o.active, {columns}
    FROM changesources s
    LEFT JOIN changesource_masters l ON l.changesourceid = s.id
    LEFT JOIN masters o ON o.id = l.masterid {history}
    WHERE s.id > :after ORDER BY s.id LIMIT :page"""
"""How every claim stands; in braces, since when, until when and why, and where these three stand."""

_HISTORY = """
    LEFT JOIN claim_history h ON h.open_source = s.id
    LEFT JOIN claim_history p ON p.id = (
        SELECT q.id FROM claim_history q
        WHERE q.changesourceid = s.id AND q.until IS NOT NULL ORDER BY q.id DESC LIMIT 1)"""

_WITH_HISTORY = STANDINGS.replace("{columns}", "h.since, p.until, p.why").replace("{history}", _HISTORY)

_WITHOUT_HISTORY = STANDINGS.replace("{columns}", "NULL, NULL, NULL").replace("{history}", "")

_JOINED = "SELECT masterid, joined_at FROM master_facts"

_DRAINS = "SELECT name, since FROM drains"

_PAST = """
    SELECT id, masterid, master_name, since, until, why FROM claim_history
    WHERE changesourceid = :source ORDER BY id DESC LIMIT :most"""

_PULSE = "SELECT {version}, {now}"

_CLAIMS_WITHOUT_HISTORY = """
    SELECT l.changesourceid FROM changesource_masters l
    LEFT JOIN claim_history h ON h.open_source = l.changesourceid AND h.masterid = l.masterid
    WHERE h.id IS NULL"""

_HISTORY_WITHOUT_CLAIM = """
    SELECT h.open_source FROM claim_history h
    LEFT JOIN changesource_masters l ON l.changesourceid = h.open_source
    WHERE h.open_source IS NOT NULL AND l.changesourceid IS NULL"""


class Attendance(Struct, frozen=True):
    """
    Who has joined, and who is to hold nothing; in milliseconds of the database's clock.
    """

    joined: dict[int, int]
    """When each master joined, by its id."""
    drains: dict[str, int]
    """Since when masters of each of these given names are to hold nothing."""


def attendance(session: Session, calls: Sequence[None], attempt: Attempt) -> list[Attendance]:
    """
    Return when every master joined, and which given names drain; on Buildbot's database nobody knows.
    """
    if not session.recorder.has_tokens:
        return [Attendance({}, {}) for _ in calls]
    found = Attendance(dict(session.rows(_JOINED)), dict(session.rows(_DRAINS)))
    return [found for _ in calls]


def standings(session: Session, calls: Sequence[None], attempt: Attempt) -> list[list[Standing]]:
    """
    Return how the claim of every source stands.
    """
    found = paged(session, _WITH_HISTORY if session.recorder.has_tokens else _WITHOUT_HISTORY)
    return [found for _ in calls]


def paged(session: Session, statement: str) -> list[Standing]:
    """
    Return what a statement made of `STANDINGS` finds.
    """
    found: list[Standing] = []
    while True:
        page = session.rows(statement, after=found[-1].id if found else 0, page=_PAGE)
        found += [_standing(row) for row in page]
        if len(page) < _PAGE:
            return found


def history(session: Session, calls: Sequence[tuple[int, int]], attempt: Attempt) -> list[list[PastClaim]]:
    """
    Return the newest claims of each source, at most so many, the newest first.
    """
    return [[_past(row) for row in session.rows(_PAST, source=source, most=most)] for source, most in calls]


def pulse(session: Session, calls: Sequence[None], attempt: Attempt) -> list[Pulse]:
    """
    Ask the database for its version and its clock.
    """
    version, now = session.rows(_PULSE)[0]
    return [Pulse(version=version, now=now) for _ in calls]


def mismatches(session: Session, calls: Sequence[None], attempt: Attempt) -> list[list[int]]:
    """
    Return the sources whose claim and open history disagree; there is none unless somebody wrote by hand.
    """
    if not session.recorder.has_tokens:
        return [[] for _ in calls]
    rows = session.rows(_CLAIMS_WITHOUT_HISTORY) + session.rows(_HISTORY_WITHOUT_CLAIM)
    return [sorted(id_ for (id_,) in rows) for _ in calls]


def _standing(row: Sequence[Any]) -> Standing:
    id_, name, holder, holder_name, active, since, until, why = row
    return Standing(
        id=id_,
        name=name,
        holder=holder,
        holder_name=holder_name,
        holder_is_active=bool(active),
        since=since,
        until=until,
        why=why,
    )


def _past(row: Sequence[Any]) -> PastClaim:
    token, master, master_name, since, until, why = row
    return PastClaim(token=token, master=master, master_name=master_name, since=since, until=until, why=why)
