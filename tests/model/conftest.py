"""Give a test a face on a database, and say how long it is looked at."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, settings

from tests.conformance.faces import FACES
from tests.conftest import SHARED_POOL
from tests.databases.pool import EACH_KIND
from tests.model.flights import Deferreds, ReactorOfOnesOwn, Tasks, Threads
from tests.model.world import World

# The same examples in every run; a failure is told by its last lines, and by a blob that brings it back.
settings.register_profile(
    "model",
    derandomize=True,
    database=None,
    deadline=None,
    print_blob=True,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    max_examples=15,
    stateful_step_count=30,
    suppress_health_check=list(HealthCheck),
)
# For hours: HYPOTHESIS_PROFILE=soak make test ARGS="tests/model --timeout=0"
settings.register_profile(
    "soak", settings.get_profile("model"), derandomize=False, max_examples=150, stateful_step_count=80
)


@pytest.fixture(scope="session")
def reactor_of_ones_own() -> Iterator[ReactorOfOnesOwn]:
    """
    A reactor that no other test uses.
    """
    reactor = ReactorOfOnesOwn()
    yield reactor
    reactor.stop()


@pytest.fixture(params=FACES)
def face(request: pytest.FixtureRequest) -> str:
    """
    The name of a face.
    """
    return str(request.param)


@pytest.fixture(params=EACH_KIND)
def world(request: pytest.FixtureRequest, face: str, reactor_of_ones_own: ReactorOfOnesOwn) -> Iterator[World]:
    """
    A face on an empty database, and beside it one of the other sort.
    """
    with request.config.stash[SHARED_POOL].get(request.param).fresh_database() as url:
        connector = Deferreds(url, reactor_of_ones_own)
        store = Tasks(url) if face == "awaiting" else Threads(url)
        is_connector = face == "connector"
        world = World(url, face=connector if is_connector else store, other=store if is_connector else connector)
        yield world
        world.close()
