"""Give each test a face of the registry, or all that it needs of one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from headwater import Master, Settings, Store
from headwater.values import Fence
from tests.conformance.buildbot_face import BuildbotFace
from tests.conformance.faces import EVERY_FACE, ConnectorFace, Face, StoreFace, awaited, new_name
from tests.conformance.holding import MAIN, claimed
from tests.conformance.invariants import violations
from tests.conftest import SHARED_POOL
from tests.databases.pool import EACH_KIND
from tests.reactor import ReactorThread

GIT = Settings(kind="git", url="https://example.com/api.git")
"""Those of one of the `sources`."""


@pytest.fixture(scope="module", params=EACH_KIND)
def shared_database(request: pytest.FixtureRequest) -> Iterator[str]:
    """
    The URL of a database that the tests of a module share: each makes sources and masters of its own there.
    """
    with request.config.stash[SHARED_POOL].get(request.param).fresh_database() as url:
        yield url


@pytest.fixture(scope="module")
def blocking(shared_database: str) -> Iterator[StoreFace]:
    """
    A Store.
    """
    with Store(shared_database) as store:
        yield StoreFace(shared_database, store)


@pytest.fixture(scope="module")
def awaiting(shared_database: str) -> Iterator[StoreFace]:
    """
    An AsyncStore.
    """
    store = awaited(shared_database)
    yield StoreFace(shared_database, store)
    store.close()


@pytest.fixture(scope="module")
def connector(shared_database: str, reactor: ReactorThread) -> Iterator[ConnectorFace]:
    """
    The Deferred connector.
    """
    face = ConnectorFace(shared_database, reactor)
    yield face
    face.close()


@pytest.fixture(scope="module")
def buildbot(shared_database: str, reactor: ReactorThread) -> Iterator[BuildbotFace]:
    """
    The connector on Buildbot's own engine and pool.
    """
    Store(shared_database).close()  # which makes the tables
    face = BuildbotFace(shared_database, reactor)
    yield face
    face.close()


@pytest.fixture(params=EVERY_FACE)
def face(request: pytest.FixtureRequest, shared_database: str) -> Iterator[Face]:
    """
    Each face in turn; after each test the history is checked against the claims.
    """
    yield request.getfixturevalue(request.param)
    assert [] == violations(shared_database)


@pytest.fixture
def store(face: StoreFace) -> Store:
    """
    The store behind a face, with all its verbs: for tests that are marked with `STORES`.
    """
    return face.store


@pytest.fixture
def life(store: Store) -> Master:
    """
    A master that has just joined.
    """
    return store.join(new_name())


@pytest.fixture
def sources(store: Store) -> list[int]:
    """
    Three sources, one of which has settings.
    """
    ids = sorted(store.register([new_name(), new_name(), new_name()]).values())
    store.configure(ids[1], GIT)
    return ids


@pytest.fixture
def fresh_store(database: str) -> Iterator[Store]:
    """
    A Store on a database of its own, whose feed begins at 1.
    """
    with Store(database) as store:
        yield store
    assert [] == violations(database)


@pytest.fixture
def fence(fresh_store: Store) -> Fence:
    """
    The claim of a source whose main was at `a` at first sight.
    """
    fence = claimed(fresh_store)
    fresh_store.baseline(fence, {MAIN: "a"})
    return fence


@pytest.fixture
def source(face: Face) -> int:
    """
    The id of a new source.
    """
    return face.find_source_id(new_name())


@pytest.fixture
def master(face: Face) -> int:
    """
    The id of a new master that is active.
    """
    return face.new_master(new_name())


@pytest.fixture
def other(face: Face) -> int:
    """
    The id of another new master that is active.
    """
    return face.new_master(new_name())
