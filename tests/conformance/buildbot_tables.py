"""Buildbot's three tables, written down by hand: what its own migrations leave of them in its database."""

from __future__ import annotations

from sqlalchemy import make_url

from tests.conformance.rows import run_all

_ID = {
    "sqlite": "INTEGER PRIMARY KEY",
    "postgresql": "SERIAL PRIMARY KEY",
    "mysql": "INTEGER PRIMARY KEY AUTO_INCREMENT",
}

_TABLES = """
CREATE TABLE masters (
    id {id}, name TEXT NOT NULL, name_hash VARCHAR(40) NOT NULL,
    active INTEGER NOT NULL, last_active INTEGER NOT NULL){options};
CREATE UNIQUE INDEX master_name_hashes ON masters (name_hash);
CREATE TABLE changesources (id {id}, name TEXT NOT NULL, name_hash VARCHAR(40) NOT NULL){options};
CREATE UNIQUE INDEX changesource_name_hash ON changesources (name_hash);
CREATE TABLE changesource_masters (
    changesourceid INTEGER NOT NULL PRIMARY KEY REFERENCES changesources (id) ON DELETE CASCADE,
    masterid INTEGER NOT NULL REFERENCES masters (id) ON DELETE CASCADE){options};
CREATE INDEX changesource_masters_masterid ON changesource_masters (masterid)"""


def create(url: str, *, engine: str = "InnoDB") -> None:
    """
    Make the tables in an empty database.

    Args:
        url: of the database.
        engine: on MariaDB, of all three.
    """
    run_all(url, *statements(make_url(url).get_backend_name(), engine=engine))


def statements(kind: str, *, engine: str = "InnoDB") -> list[str]:
    """
    Return the statements that make the tables on a kind of database.
    """
    options = f" ENGINE={engine} CHARSET=utf8mb4" if kind == "mysql" else ""
    return _TABLES.format(id=_ID[kind], options=options).split(";\n")
