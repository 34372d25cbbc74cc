"""What stands in the database, past every command."""

from __future__ import annotations

from tests.conformance.invariants import violations
from tests.conformance.rows import Row, run


def left_behind(url: str) -> list[str]:
    """
    Return what a master that was stopped must not leave: claims, active masters, open or broken history.
    """
    return [
        *(f"claim: {row}" for row in run(url, "SELECT changesourceid, masterid FROM changesource_masters")),
        *(f"active master: {row}" for row in run(url, "SELECT id, name FROM masters WHERE active = 1")),
        *(f"open history: {row}" for row in run(url, "SELECT id FROM claim_history WHERE until IS NULL")),
        *violations(url),
    ]


def holders(url: str) -> dict[str, str | None]:
    """
    Return the name of every source with that of the master that holds it.
    """
    rows = run(
        url,
        """
        SELECT s.name, m.name FROM changesources s
        LEFT JOIN changesource_masters l ON l.changesourceid = s.id LEFT JOIN masters m ON m.id = l.masterid""",
    )
    return {str(source): None if master is None else str(master) for source, master in rows}


def claims(url: str) -> list[Row]:
    """
    Return every claim there ever was: its source, and why it ended, oldest first.
    """
    return run(
        url,
        """
        SELECT s.name, h.why FROM claim_history h JOIN changesources s ON s.id = h.changesourceid ORDER BY h.id""",
    )


def ids(url: str) -> dict[str, int]:
    """
    Return the id of every source.
    """
    return {str(name): int(str(id_)) for name, id_ in run(url, "SELECT name, id FROM changesources")}
