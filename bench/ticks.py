"""
What a master costs a database while nothing happens: statements, rows and milliseconds of one tick.

    python -m bench.ticks sqlite|postgresql|mariadb [--sources 1000 1000000] [--ticks 50]
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from sqlalchemy import create_engine, text

from bench.databases import server
from headwater import Master, Store
from headwater.cluster.membership import Membership
from headwater.store.engine import parse
from headwater.store.session import Session

_MASTERS = 3

_NUMBERS = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) ",
    "postgresql": "WITH n(i) AS (SELECT * FROM generate_series(1, {count})) ",
    "mariadb": "",
}
_FILL = {
    "changesources (id, name, name_hash)": "i, {name}, {hash}",
    "changesource_masters (changesourceid, masterid)": "i, {first} + i % 3",
    "claim_history (changesourceid, masterid, master_name, since)": "i, {first} + i % 3, {holder}, 1",
    "source_settings (changesourceid, kind, url)": "i, 'git', 'https://git.example/r.git'",
}
_WORDS = {
    "sqlite": {"name": "'source ' || i", "hash": "'hash ' || i"},
    "postgresql": {"name": "'source ' || i", "hash": "'hash ' || i"},
    "mariadb": {"name": "CONCAT('source ', i)", "hash": "CONCAT('hash ', i)"},
}


class Count:
    """
    The statements that were sent, and the rows that came back.
    """

    def __init__(self) -> None:
        self.statements = 0
        self.rows = 0


@contextmanager
def counted() -> Iterator[Count]:
    """
    Count what all sessions do in the block.
    """
    count = Count()
    once = Session._once  # noqa: SLF001 - every statement comes by here

    def counting(session: Session, sql: str, values: dict[str, Any] | None) -> tuple[list[tuple[Any, ...]], int]:
        answer = once(session, sql, values)
        count.statements += 1
        count.rows += len(answer[0])
        return answer

    with patch.object(Session, "_once", counting):
        yield count


def fill(url: str, kind: str, masters: Sequence[Master], count: int) -> None:
    """
    Make so many sources, each held by one of three masters.
    """
    numbers = _NUMBERS[kind].format(count=count)
    table = f"(SELECT seq AS i FROM seq_1_to_{count}) n" if kind == "mariadb" else "n"
    names = " ".join(f"WHEN {master.id % 3} THEN '{master.name}'" for master in masters)
    words = {
        **_WORDS[kind],
        "first": str(masters[0].id),
        "holder": f"CASE ({masters[0].id} + i % 3) % 3 {names} END",
    }
    engine = create_engine(parse(url))
    with engine.begin() as connection:
        for columns, values in _FILL.items():
            select = f"SELECT {values.format(**words)} FROM {table}"
            statement = (
                f"INSERT INTO {columns} {numbers}{select}"
                if kind == "sqlite"
                else f"{numbers}INSERT INTO {columns} {select}"
            )
            if kind == "mariadb":
                statement = f"INSERT INTO {columns} {select}"
            connection.execute(text(statement))
    if kind == "postgresql":
        # Else it tidies by itself for a minute, beside what is measured.
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM (ANALYZE)"))
    engine.dispose()


def measure(url: str, kind: str, *, sources: int, ticks: int) -> dict[str, Any]:
    """
    Let three masters hold all sources between them, and measure the ticks of one of them.
    """
    with Store(url) as store:
        members = [Membership(store, name=f"m{number}", kinds=["git"]) for number in range(_MASTERS)]
        masters = [member.join() for member in members]
        fill(url, kind, masters, sources)
        # The first looks take in what is held; the very first compares everything.
        for member in members:
            member.beat()
            member.look()
        for member in members:
            member.beat()
            member.look()
        milliseconds = []
        with counted() as count:
            for _ in range(ticks):
                began = time.perf_counter()
                members[0].beat()
                members[0].look()
                milliseconds.append((time.perf_counter() - began) * 1000)
        held = len(members[0].holdings.claims())
    return {
        "database": kind,
        "sources": sources,
        "held": held,
        "milliseconds": round(statistics.median(milliseconds), 2),
        "statements": count.statements / ticks,
        "rows": count.rows / ticks,
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """
    Measure, and print one line of JSON for each number of sources.
    """
    parser = argparse.ArgumentParser(prog="python -m bench.ticks")
    parser.add_argument("kind", choices=list(_NUMBERS))
    parser.add_argument("--sources", type=int, nargs="+", default=[1_000, 1_000_000])
    parser.add_argument("--ticks", type=int, default=50)
    options = parser.parse_args(arguments)
    with server(options.kind) as running:
        for sources in options.sources:
            url = running.create(f"ticks_{sources}")
            print(json.dumps(measure(url, options.kind, sources=sources, ticks=options.ticks)), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
