"""Give each test engines that are quick, and are heard."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

import pytest

from headwater.cluster.timing import Timing
from tests.cluster.listening import CALM, HeardEngine, HeardStore
from tests.sources.repository import Repository


class Make(Protocol):
    """
    Makes an engine of a given name, with a store of its own.
    """

    def __call__(
        self,
        name: str = "ci-a",
        *,
        kinds: Collection[str] = ("git",),
        timing: Timing = CALM,
        must_answer_within: float | None = None,
    ) -> HeardEngine:
        """
        Make it; it is stopped in the end, when the database is back.
        """


@pytest.fixture
def store(database: str) -> Iterator[HeardStore]:
    """
    A store on a fresh database.
    """
    with HeardStore(database) as store:
        yield store


@pytest.fixture
def make(database: str) -> Iterator[Make]:
    """
    Makes engines.
    """
    with ExitStack() as exits:

        def made(
            name: str = "ci-a",
            *,
            kinds: Collection[str] = ("git",),
            timing: Timing = CALM,
            must_answer_within: float | None = None,
        ) -> HeardEngine:
            store = exits.enter_context(HeardStore(database))
            engine = HeardEngine(store, name, kinds=kinds, timing=timing, must_answer_within=must_answer_within)
            exits.callback(engine.stop)
            exits.callback(engine.heard.away.clear)
            return engine

        yield made


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


@pytest.fixture
def engine(make: Make) -> HeardEngine:
    """
    An engine that is not started yet, and never gives up.
    """
    return make()
