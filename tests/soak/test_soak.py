"""What is asked of a soak is what it runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import pytest

from tests.soak import __main__ as soak


@contextmanager
def no_database(_kind: str) -> Iterator[str]:
    """
    Stand in for a server.
    """
    yield "sqlite://"


@pytest.fixture
def lines() -> Iterator[list[str]]:
    """
    The parts that are run, none of which finds anything.
    """
    ran: list[str] = []

    def run(module: str, *arguments: str) -> list[str]:
        ran.append(" ".join([module, *arguments]))
        return []

    with patch.object(soak, "_run", run), patch.object(soak, "_database", no_database):
        yield ran


def test_so_many_seeds(lines: list[str]) -> None:
    """
    As many seeds as were asked for are simulated in one go, beside the other parts.
    """
    assert 0 == soak.main(["--minutes", "0", "--seeds", "100000"])

    (simulated,) = [line for line in lines if line.startswith("tests.simulation ")]

    assert simulated.endswith("--seeds 100000 --stop-after 100000 --jobs 2")
    assert {"tests.failover", "tests.stress.harness", "tests.faultpoints"} < {line.split()[0] for line in lines}
