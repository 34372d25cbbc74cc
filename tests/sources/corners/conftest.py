"""Give each corner a repository, a database, and a master that watches all branches."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from headwater import Settings
from tests.sources.corners.watcher import Watcher, watcher
from tests.sources.repository import Repository


@pytest.fixture
def url(tmp_path: Path) -> str:
    """
    The URL of an empty database.
    """
    return f"sqlite:///{tmp_path}/headwater.db"


@pytest.fixture
def settings(repository: Repository) -> Settings:
    """
    What is watched: all branches, unless a test says otherwise.
    """
    return Settings(kind="git", url=str(repository.path))


@pytest.fixture
def watch(url: str, cache: Path, settings: Settings) -> Iterator[Watcher]:
    """
    A master that holds the source.
    """
    with watcher(url, cache, settings) as made:
        yield made
