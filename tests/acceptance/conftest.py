"""Give each test hosts of its own: one on every database, or one on SQLite where the database plays no part."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.acceptance.host import Host


@pytest.fixture
def host(tmp_path: Path, database: str) -> Iterator[Host]:
    """
    A host, three times: with each kind of database.
    """
    with ExitStack() as processes:
        yield Host(tmp_path, database, processes)


@pytest.fixture
def first_host(tmp_path: Path, empty_database: str) -> Iterator[Host]:
    """
    The same on which no command has been typed yet: the database has no tables.
    """
    with ExitStack() as processes:
        yield Host(tmp_path, empty_database, processes)


@pytest.fixture
def lone_host(tmp_path: Path) -> Iterator[Host]:
    """
    A host with a database of its own, a file.
    """
    with ExitStack() as processes:
        yield Host(tmp_path, f"sqlite:///{tmp_path}/headwater.db", processes)
