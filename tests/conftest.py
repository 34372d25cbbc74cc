"""Give each test a database of its own on each kind of server, and servers of its own to break."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

from tests.databases import KINDS, Server
from tests.databases.pool import EACH_KIND, Pool
from tests.memory import keep_files_in_memory
from tests.reactor import ReactorThread

_TESTS = Path(__file__).parent

_WHOLE_PROGRAMS = ("acceptance/", "buildbot/", "failover/")
"""Where tests start `headwater` or `buildbot`, most of them more than once."""

SHARED_POOL = pytest.StashKey[Pool]()


class Worker(Protocol):
    """
    What a parallel run knows in its parent of one of its workers.
    """

    config: pytest.Config
    workerinput: dict[str, object]


def pytest_configure(config: pytest.Config) -> None:
    """
    Choose where files are kept, and make the pool of servers that the run shares: workers borrow their parent's.
    """
    keep_files_in_memory()
    addresses: dict[str, str] | None = getattr(config, "workerinput", {}).get("addresses")
    config.stash[SHARED_POOL] = Pool(addresses)
    missing = [server.hint for server in KINDS.values() if server.version() is None]
    if missing and os.environ.get("HEADWATER_REQUIRE_DATABASES") == "1":
        message = f"HEADWATER_REQUIRE_DATABASES is set, but {'; '.join(missing)}"
        raise pytest.UsageError(message)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Worker) -> None:
    """
    Start the servers in the parent before its first worker, and tell each worker where they are.
    """
    pool = node.config.stash[SHARED_POOL]
    node.workerinput["addresses"] = pool.start_all()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """
    Leave whole programs to `make soak` on all databases but the first that a test is for.

    That takes minutes, and what differs between databases lies below the programs and is tested there.
    """
    kinds: dict[tuple[Path, str], set[str]] = defaultdict(set)
    for item in items:
        kinds[_test_of(item)].update(kind for kind in KINDS if item.get_closest_marker(kind))
    for item in items:
        first = next((kind for kind in KINDS if kind in kinds[_test_of(item)]), None)
        is_whole = item.path.relative_to(_TESTS).as_posix().startswith(_WHOLE_PROGRAMS)
        if is_whole and first is not None and not item.get_closest_marker(first):
            item.add_marker(pytest.mark.slow)


def _test_of(item: pytest.Item) -> tuple[Path, str]:
    return item.path, getattr(item, "originalname", item.name)


def pytest_unconfigure(config: pytest.Config) -> None:
    """
    Stop the servers that this process has started, also after Ctrl-C.
    """
    config.stash[SHARED_POOL].stop()


def pytest_report_header() -> str:
    """
    Name the databases that the tests will run on.
    """
    return "databases: " + ", ".join(server.version() or f"no {server.kind}" for server in KINDS.values())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """
    Say in one line for each reason how many tests were skipped.
    """
    reports = terminalreporter.getreports("skipped")
    reasons = Counter(report.longrepr[-1].removeprefix("Skipped: ") for report in reports)
    for reason, count in reasons.items():
        terminalreporter.write_line(f"skipped {count} tests: {reason}", yellow=True)


@pytest.fixture(params=EACH_KIND)
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    """
    The URL of a fresh database of this test's own, on a server that other tests use too: Headwater's tables are there.
    """
    with request.config.stash[SHARED_POOL].get(request.param).ready_database() as url:
        yield url


@pytest.fixture(params=EACH_KIND)
def empty_database(request: pytest.FixtureRequest) -> Iterator[str]:
    """
    The same without any tables.
    """
    with request.config.stash[SHARED_POOL].get(request.param).fresh_database() as url:
        yield url


@pytest.fixture(params=EACH_KIND)
def server(request: pytest.FixtureRequest, own_servers: Pool) -> Server:
    """
    A running server that no other test uses meanwhile: it may be killed and restarted.
    """
    return own_servers.get(request.param)


@pytest.fixture
def server_database(server: Server) -> Iterator[str]:
    """
    The URL of a fresh empty database on `server`.
    """
    with server.fresh_database() as url:
        yield url
        if not server.running:
            server.restart()


@pytest.fixture(scope="session")
def own_servers() -> Iterator[Pool]:
    """
    The servers of this process alone.
    """
    pool = Pool()
    yield pool
    pool.stop()


@pytest.fixture(scope="session")
def reactor() -> Iterator[ReactorThread]:
    """
    The running reactor of this process; made in one place, for there can be only one.
    """
    thread = ReactorThread()
    yield thread
    thread.stop()
