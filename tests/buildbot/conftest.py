"""Databases as `buildbot create-master` makes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import NamedTuple

import pytest

from headwater import Store
from headwater.store import leasing
from tests.buildbot.createmaster import PLUGINS, TABLES, create_master
from tests.buildbot.feeds import WITHOUT_TRANSACTIONS, Teller, clean
from tests.conformance.rows import run
from tests.conftest import SHARED_POOL
from tests.databases.pool import EACH_KIND

Made = Callable[[str], str]


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


class Urls(NamedTuple):
    """
    The databases of one trial.
    """

    buildbot: str
    feed: str


@pytest.fixture(params=EACH_KIND[:1])
def urls(request: pytest.FixtureRequest, made_by_buildbot: Made) -> Iterator[Urls]:
    """
    A database that Buildbot has made, on MariaDB with transactions, and an empty one for Headwater.
    """
    buildbot = made_by_buildbot(request.param)
    if request.param == "mariadb":
        run(buildbot, *(f"ALTER TABLE {name} ENGINE=InnoDB" for name in WITHOUT_TRANSACTIONS))
    with request.config.stash[SHARED_POOL].get(request.param).fresh_database() as feed:
        yield Urls(buildbot, feed)
    clean(buildbot)


@pytest.fixture
def teller(urls: Urls) -> Iterator[Teller]:
    """
    Somebody who records changes.
    """
    with Store(urls.feed) as store:
        yield Teller(store)
