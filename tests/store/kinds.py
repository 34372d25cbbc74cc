"""Marks for tests that are about one or two of the databases."""

from __future__ import annotations

import pytest

from tests.databases.pool import EACH_KIND, EACH_PROCESS


def only(*kinds: str, fixture: str = "database") -> pytest.MarkDecorator:
    """
    Run a test on some kinds of database: `database` is on each of them, or another fixture that has a kind.
    """
    parameters = [parameter for parameter in EACH_KIND if parameter.values[0] in kinds]
    return pytest.mark.parametrize(fixture, parameters, indirect=True)


ON_SQLITE = only("sqlite")
ON_POSTGRESQL = only("postgresql")
ON_MARIADB = only("mariadb")
ON_SERVERS = only("postgresql", "mariadb")

ON_OWN_SERVERS = pytest.mark.parametrize("server", EACH_PROCESS, indirect=True)
"""For tests that break the server: `server` and `server_database`."""
