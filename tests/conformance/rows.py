"""What is in the tables, past every face; and what another program writes there."""

from __future__ import annotations

from functools import cache

from sqlalchemy import Engine, NullPool, create_engine, text

Row = tuple[object, ...]


def run(url: str, *statements: str, **values: object) -> list[Row]:
    """
    Run statements in one transaction and return the rows of the last one.
    """
    return run_all(url, *statements, **values)[-1]


def run_all(url: str, *statements: str, **values: object) -> list[list[Row]]:
    """
    Run statements in one transaction and return the rows of each.
    """
    with _engine(url).begin() as connection:
        results = (connection.execute(text(statement), values) for statement in statements)
        return [[tuple(row) for row in result] if result.returns_rows else [] for result in results]


@cache
def _engine(url: str) -> Engine:
    return create_engine(url, poolclass=NullPool)


def mark(url: str, master: int, *, active: bool) -> None:
    """
    Mark a master active or inactive, and leave its claims alone: as Buildbot does while it starts, or a crash.
    """
    run(url, "UPDATE masters SET active = :active WHERE id = :id", active=int(active), id=master)


def history(url: str, source: int) -> list[Row]:
    """
    Return the tokens of all claims of a source, each with its master and why it ended, oldest first.
    """
    return run(url, "SELECT id, masterid, why FROM claim_history WHERE changesourceid = :id ORDER BY id", id=source)
