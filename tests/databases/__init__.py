"""The databases that the tests run on: real servers of their own, in temporary folders, gone with the tests."""

from __future__ import annotations

from typing import Final

from tests.databases.mariadb import MariaDB
from tests.databases.postgresql import PostgreSQL
from tests.databases.server import Server
from tests.databases.sqlite import SQLite

KINDS: Final[dict[str, type[Server]]] = {server.kind: server for server in (SQLite, PostgreSQL, MariaDB)}
"""Every kind of server under the name that the tests' ids and marks have."""

__all__ = ["KINDS", "MariaDB", "PostgreSQL", "SQLite", "Server"]
