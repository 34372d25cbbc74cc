"""Give each test an engine that is quick, and is heard."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from headwater.cluster import engine as engines
from headwater.cluster.engine import Engine
from tests.cluster.listening import Ear, HeardStore


@pytest.fixture
def store(database: str) -> Iterator[HeardStore]:
    """
    A store on a fresh database.
    """
    with HeardStore(database) as store:
        yield store


@pytest.fixture
def ear() -> Ear:
    """
    What `engine` tells.
    """
    return Ear()


@pytest.fixture
def engine(store: HeardStore, ear: Ear, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """
    An engine that beats and looks many times a second, once it is started.
    """
    monkeypatch.setattr(engines, "HEARTBEAT", 0.05)
    engine = Engine(store, name="ci-a", kinds=["git"], on_gain=ear.gained.put, on_end=ear.ended.put)
    yield engine
    engine.stop()
