"""What is true of a database of Headwater's own whenever no transaction is open."""

from __future__ import annotations

from collections import Counter

from tests.conformance.rows import Row, run_all

_CLAIMS = """
    SELECT l.changesourceid, l.masterid, m.name
    FROM changesource_masters l LEFT JOIN masters m ON m.id = l.masterid ORDER BY l.changesourceid"""

_OPEN = """
    SELECT changesourceid, masterid, master_name
    FROM claim_history WHERE until IS NULL ORDER BY changesourceid, id"""

_HALF_CLOSED = """
    SELECT id, since, until, why FROM claim_history
    WHERE (until IS NULL) <> (why IS NULL) OR until < since"""

_NOT_AS_CLAIMED = """
    SELECT w.changesourceid, w.claimable_at, l.masterid
    FROM source_settings w LEFT JOIN changesource_masters l ON l.changesourceid = w.changesourceid
    WHERE (w.claimable_at IS NULL) <> (l.masterid IS NOT NULL OR w.paused_at IS NOT NULL)"""

_HALF_PAUSED = """
    SELECT changesourceid, paused_at, paused_until, paused_why, paused_by FROM source_settings
    WHERE (paused_at IS NULL) <> (paused_why IS NULL) OR (paused_at IS NULL) <> (paused_by IS NULL)
    OR (paused_at IS NULL AND paused_until IS NOT NULL)"""

_AHEAD = """
    SELECT changesourceid, version FROM source_settings WHERE version > (SELECT number FROM edits)"""


def violations(url: str) -> list[str]:
    """
    Return what is wrong in a database; nothing, if the open history is the claims and the settings know of them.
    """
    claims, opened, half_closed, not_as_claimed, half_paused, ahead = run_all(
        url, _CLAIMS, _OPEN, _HALF_CLOSED, _NOT_AS_CLAIMED, _HALF_PAUSED, _AHEAD
    )
    return [
        *_told("claims without open history", _but(claims, opened)),
        *_told("open history without a claim", _but(opened, claims)),
        *_told("history that is half closed", half_closed),
        *_told("claimable_at that is not as the claim and the pause", not_as_claimed),
        *_told("a pause that is not all there", half_paused),
        *_told("an edit with a number that was not given out", ahead),
    ]


def _but(rows: list[Row], others: list[Row]) -> list[Row]:
    # One for one: two open rows of one claim are one too many.
    return list((Counter(rows) - Counter(others)).elements())


def _told(what: str, rows: list[Row]) -> list[str]:
    return [f"{what}: {row}" for row in rows]
