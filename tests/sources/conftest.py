"""A repository, a source that watches it from a host of its own, and no settings of whoever runs the tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from headwater.sources.git import GitSource

from .repository import Repository
from .watching import watch


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """
    An empty repository.
    """
    return Repository(tmp_path / "api.git")


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """
    Where a host keeps its commits; nothing is there yet.
    """
    return tmp_path / "cache"


@pytest.fixture
def source(repository: Repository, cache: Path) -> GitSource:
    """
    The repository as a change source.
    """
    return watch(repository.path, cache)
