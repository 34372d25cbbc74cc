"""Let the simulated threads of a test share one core, where they hand over fastest."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.simulation.crew import run_anywhere, stay_on_one_core


@pytest.fixture(autouse=True)
def one_core() -> Iterator[None]:
    """
    Stay on one core for the length of a test.
    """
    before = stay_on_one_core()
    yield
    run_anywhere(before)
