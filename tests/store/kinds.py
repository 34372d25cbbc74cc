"""Marks for tests that are about one or two of the databases."""

from __future__ import annotations

import pytest

from tests.databases.pool import EACH_KIND, EACH_PROCESS


def _only(*kinds: str) -> pytest.MarkDecorator:
    parameters = [parameter for parameter in EACH_KIND if parameter.values[0] in kinds]
    return pytest.mark.parametrize("database", parameters, indirect=True)


ON_SQLITE = _only("sqlite")
ON_POSTGRESQL = _only("postgresql")
ON_MARIADB = _only("mariadb")
ON_SERVERS = _only("postgresql", "mariadb")

ON_OWN_SERVERS = pytest.mark.parametrize("server", EACH_PROCESS, indirect=True)
"""For tests that break the server: `server` and `server_database`."""
