"""Give each test a repository, and a database for what is the same on each."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sources.repository import Repository


@pytest.fixture
def alone(tmp_path: Path) -> str:
    """
    The URL of a database for what is the same on each.
    """
    return f"sqlite:///{tmp_path}/headwater.db"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """
    A repository with one commit.
    """
    repository = Repository(tmp_path / "api.git")
    repository.commit("first")
    return repository
