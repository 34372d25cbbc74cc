"""How the polls of each source go, as its holder says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from msgspec import structs

from headwater.store.dialect import Trouble
from headwater.store.session import TroubleError
from headwater.values import Condition, Report

if TYPE_CHECKING:
    from headwater.store.attempt import Attempt
    from headwater.store.session import Session

_PAGE = 10_000
_TRIES = 20

# In place, unless a claim that is younger has said something. What was removed is left out. One time for all columns:
# PostgreSQL's clock goes on within a statement.
_REPORT = """
    INSERT INTO conditions (changesourceid, token, state, reason, since, attempts, checked_at, succeeded_at, next_at,
                            checks_done)
    SELECT g.source, g.token, g.state, g.reason, t.now - g.since_ago, g.attempts, t.now - g.checked_ago,
           t.now - g.succeeded_ago, t.now + g.next_in, g.checks_done
    FROM {given: source int, token bigint, state text, reason text, since_ago bigint, attempts int, \
checked_ago bigint, succeeded_ago bigint, next_in bigint, checks_done int} AS g
    JOIN source_settings w ON w.changesourceid = g.source CROSS JOIN (SELECT {now} AS now) AS t
    WHERE 1 = 1 ORDER BY g.source
    {or_newer: conditions.changesourceid (state, reason, since, attempts, checked_at, succeeded_at, next_at, \
checks_done, token)}"""

_COLUMNS = """
    SELECT changesourceid, state, reason, since, attempts, checked_at, succeeded_at, next_at, checks_done
    FROM conditions"""

_FIND = _COLUMNS + " WHERE changesourceid IN :ids"

_LIST = _COLUMNS + " WHERE changesourceid > :after ORDER BY changesourceid LIMIT :page"


def report(session: Session, calls: Sequence[tuple[Report, ...]], attempt: Attempt) -> list[None]:
    """
    Note what holders say of their sources.

    After a lost answer it is run again as it is; the times move by as much as that took.
    """
    rows = [structs.asdict(report) for reports in calls for report in reports]
    tries = _TRIES
    while tries:
        try:
            session.count(_REPORT, rows=rows)
            break
        except TroubleError as error:
            tries -= 1
            # One of them was removed just now: it is not found any more.
            if error.trouble is not Trouble.DATA or not tries:
                raise
    return [None for _ in calls]


def find(session: Session, calls: Sequence[int], attempt: Attempt) -> list[Condition | None]:
    """
    Return the condition of each source; None if nothing was said of it.
    """
    found = {row[0]: _condition(row) for row in session.rows(_FIND, ids=sorted(set(calls)))}
    return [found.get(id_) for id_ in calls]


def list_(session: Session, calls: Sequence[None], attempt: Attempt) -> list[dict[int, Condition]]:
    """
    Return the conditions of all sources of which something was said.
    """
    found: dict[int, Condition] = {}
    after = 0
    while page := session.rows(_LIST, after=after, page=_PAGE):
        found |= {row[0]: _condition(row) for row in page}
        after = page[-1][0]
    return [found for _ in calls]


def _condition(row: Sequence[Any]) -> Condition:
    _, state, reason, since, attempts, checked_at, succeeded_at, next_at, checks_done = row
    return Condition(
        state=state,
        reason=reason,
        since=since,
        attempts=attempts,
        checked_at=checked_at,
        succeeded_at=succeeded_at,
        next_at=next_at,
        checks_done=checks_done,
    )
