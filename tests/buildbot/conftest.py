"""Databases as `buildbot create-master` makes them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import make_url

from headwater.store import leasing
from tests.conformance.rows import run
from tests.conftest import SHARED_POOL
from tests.databases.pool import EACH_KIND

Made = Callable[[str], str]

TABLES = ("changesource_masters", "changesources", "masters")

PLUGINS = ("headwater_leases", "headwater_sources")
"""The plugin's own tables."""

BUILDBOT = Path(sys.executable).with_name("buildbot")


def create_master(url: str, folder: Path) -> None:
    """
    Let Buildbot make its tables in an empty database.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    option = f"--db={parsed.render_as_string(hide_password=False)}"
    subprocess.run([BUILDBOT, "create-master", option, folder], check=True, capture_output=True)


@pytest.fixture(scope="session")
def made_by_buildbot(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    """
    Databases that Buildbot has made, one of each kind: making one takes seconds.
    """
    with ExitStack() as stack:
        made: dict[str, str] = {}

        def of(kind: str) -> str:
            if kind not in made:
                url = stack.enter_context(request.config.stash[SHARED_POOL].get(kind).fresh_database())
                create_master(url, tmp_path_factory.mktemp("buildbot") / "master")
                if kind == "mariadb":
                    run(url, *(f"ALTER TABLE {name} ENGINE=InnoDB" for name in reversed(TABLES)))
                made[kind] = url
            return made[kind]

        yield of


@pytest.fixture(params=EACH_KIND)
def buildbot_database(request: pytest.FixtureRequest, made_by_buildbot: Made) -> Iterator[str]:
    """
    The URL of a database that Buildbot has made, without masters and sources, its tables on MariaDB InnoDB.
    """
    url = made_by_buildbot(request.param)
    yield url
    run(url, *(f"DELETE FROM {name}" for name in TABLES))


@pytest.fixture
def leased_database(buildbot_database: str) -> Iterator[str]:
    """
    The same, with the plugin's tables.
    """
    assert leasing.install(buildbot_database)
    yield buildbot_database
    run(buildbot_database, *(f"DROP TABLE IF EXISTS {name}" for name in PLUGINS))
