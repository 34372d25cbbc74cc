"""Give each test a scene of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.proxy import Proxy
from tests.faults.scene import Scene


@pytest.fixture
def scene(database: str) -> Iterator[Scene]:
    """
    A scene on a database that is reached by TCP.
    """
    with Proxy(database) as proxy:
        scene = Scene(database, proxy)
        yield scene
        proxy.let_others_pass()
        scene.close()
