"""Rows about hosts, masters and databases in trouble."""

from __future__ import annotations

import asyncio
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import structs

from headwater import (
    AccessDeniedError,
    AsyncStore,
    ClaimLostError,
    DatabaseError,
    RepositoryNotFoundError,
    Settings,
    UnreachableError,
)
from headwater.sources.credentials import Credential, Credentials
from headwater.values import Condition
from tests.databases.pool import Pool
from tests.running.ground import cluster
from tests.sources.corners.watcher import Watcher, watcher
from tests.sources.repository import Repository
from tests.sources.webhost import WebHost, web_host


@pytest.fixture
def host(repository: Repository) -> Iterator[WebHost]:
    """
    The repository on the web.
    """
    with web_host(repository.path.parent) as host:
        yield host


def condition_of(url: str, folder: Path) -> Condition:
    """
    Return how another source with this URL fares after its first poll.
    """

    async def story() -> Condition:
        async with cluster(f"sqlite:///{folder}/other.db", folder) as its:
            claim = await its.claim(Settings(kind="git", url=url))
            runner = its.runner()
            its.beside(runner.serve(its.holder))
            runner.begin(claim, its.holder)
            return await its.condition(claim.fence.source, lambda condition: condition.attempts > 0)

    return asyncio.run(story())


def messages(watch: Watcher) -> list[list[str]]:
    """
    Poll, and return the messages of what is recorded.
    """
    return [[commit.message for commit in change.commits] for change in watch.poll()]


def test_auth_failure(repository: Repository, watch: Watcher, host: WebHost, tmp_path: Path) -> None:
    """
    A password that is refused is no change; the source is broken until a human mends that, and then goes on.
    """
    open_ = Settings(kind="git", url=f"{host.url}/api.git")
    watch.edit(open_)
    repository.commit("base")
    watch.poll()
    host.password = "ci:another"
    repository.commit("meanwhile")
    with pytest.raises(AccessDeniedError):
        watch.poll()
    condition = condition_of(f"{host.url}/api.git", tmp_path)
    secret = tmp_path / "secret"
    secret.write_text("another", encoding="utf-8")
    watch.credentials = Credentials({"ci": Credential(hosts=(host.url,), username="ci", secret=f"file:{secret}")})
    watch.edit(structs.replace(open_, credential="ci"))

    assert condition.state == "broken"
    assert condition.reason == f"{host.url} asks for a user and password, and the source has no credential for it"
    assert messages(watch) == [["meanwhile"]]


def test_host_down(repository: Repository, watch: Watcher, settings: Settings, tmp_path: Path) -> None:
    """
    A host that is away emits nothing; the source is failing, is tried again, and goes on where it was.
    """
    repository.commit("base")
    watch.poll()
    with web_host(repository.path.parent) as host:
        away = structs.replace(settings, url=f"{host.url}/api.git")
    watch.edit(away)
    repository.commit("meanwhile")
    with pytest.raises(UnreachableError):
        watch.poll()
    condition = condition_of(away.url, tmp_path)
    watch.edit(settings)

    assert (condition.state, condition.attempts) == ("failing", 1)
    assert "Failed to connect to 127.0.0.1" in condition.reason
    assert messages(watch) == [["meanwhile"]]


def test_dns(watch: Watcher, settings: Settings) -> None:
    """
    So does one whose name nobody knows.
    """
    watch.edit(structs.replace(settings, url="http://no-such-host.invalid/api.git"))

    with pytest.raises(UnreachableError, match="Could not resolve host: no-such-host"):
        watch.poll()


def test_timeout(repository: Repository, watch: Watcher, host: WebHost, settings: Settings) -> None:
    """
    So does one that accepts connections and never answers: git and its helpers are killed.
    """
    watch.timeout = 0.5
    watch.edit(structs.replace(settings, url=f"{host.url}/api.git"))
    repository.commit("base")
    host.hold()

    with pytest.raises(UnreachableError, match=r"git ls-remote gave no sign of life for 0\.5 s and was killed"):
        watch.poll()


def test_404(repository: Repository, watch: Watcher, host: WebHost, settings: Settings, tmp_path: Path) -> None:
    """
    A repository that is gone is not taken for one whose branches are gone: nothing is recorded, it is broken.
    """
    watch.edit(structs.replace(settings, url=f"{host.url}/api.git"))
    repository.commit("base")
    watch.poll()
    shutil.move(repository.path, tmp_path / "elsewhere.git")
    with pytest.raises(RepositoryNotFoundError):
        watch.poll()
    condition = condition_of(f"{host.url}/api.git", tmp_path)
    shutil.move(tmp_path / "elsewhere.git", repository.path)
    repository.commit("meanwhile")

    assert (condition.state, condition.reason) == ("broken", f"repository '{host.url}/api.git/' not found")
    assert messages(watch) == [["meanwhile"]]


def test_same_repository_replaced(repository: Repository, watch: Watcher, tmp_path: Path) -> None:
    """
    Another repository in the place of the first is a forced change that keeps nothing, without the whole history.
    """
    repository.history("base", "one", "two")
    watch.poll()
    shutil.move(repository.path, tmp_path / "old.git")
    Repository(repository.path).history(*map(str, range(20)))

    [change] = watch.poll()

    assert (change.forced, change.history_lost, change.dropped) == (True, True, 0)
    assert [commit.message for commit in change.commits] == ["19"]


def test_same_repository_replaced_and_the_old_history_at_hand(repository: Repository, watch: Watcher) -> None:
    """
    As long as the cache knows the old history, everything is counted and told.
    """
    repository.history("base", "one")
    watch.poll()
    repository.commit("two")
    watch.poll()
    repository.commit("other base", parents=())
    repository.commit("other")

    [change] = watch.poll()

    assert (change.forced, change.history_lost, change.dropped) == (True, False, 3)
    assert [commit.message for commit in change.commits] == ["other base", "other"]


def test_kill_9_in_a_batch(url: str, repository: Repository, settings: Settings, tmp_path: Path) -> None:
    """
    Masters killed after each of their calls, with a cache and without, leave nothing out and nothing twice.
    """
    repository.commit("base")
    with watcher(url, tmp_path / "0", settings) as watch:
        watch.poll()
    repository.import_commits(600)
    ends: list[int] = []
    while not ends or ends[-1] == -signal.SIGKILL:
        cache, call = str(tmp_path / str(len(ends) % 2)), str(len(ends) + 1)
        command = [sys.executable, "-m", "tests.sources.corners.killed", url, str(repository.path), cache, call]
        ends.append(subprocess.run(command, check=False).returncode)

    assert ends == [-signal.SIGKILL] * 5 + [0]  # brief, sweep, two slices of commits, the change
    with watcher(url, tmp_path / "2", settings) as watch:
        assert messages(watch) == []
        assert [[commit.message for commit in change.commits] for change in watch.feed()] == [[*map(str, range(600))]]


def test_owner_paused_wakes(repository: Repository, watch: Watcher, tmp_path: Path) -> None:
    """
    A master that wakes up after another has taken over is refused, whatever it had in hand.
    """
    repository.commit("base")
    watch.poll()
    asleep = watch.poller
    repository.commit("one")
    watch.move_to(tmp_path / "another host")
    first = messages(watch)
    repository.commit("two")
    with pytest.raises(ClaimLostError):
        watch.poll_by(asleep)

    assert first == [["one"]]
    assert messages(watch) == [["two"]]
    assert [change.number for change in watch.feed()] == [1, 2]


def test_db_down(own_servers: Pool, repository: Repository, settings: Settings, tmp_path: Path) -> None:
    """
    While the database is away nothing is lost: the same master goes on with the cache that it has.
    """
    server = own_servers.get("postgresql")
    with (
        server.fresh_database() as database,
        watcher(AsyncStore(database, deadline=1), tmp_path / "cache", settings) as watch,
    ):
        repository.commit("base")
        watch.poll()
        repository.history("one", "two")
        server.kill()
        with pytest.raises(DatabaseError):
            watch.poll_by(watch.poller)
        server.restart()

        assert messages(watch) == [["one", "two"]]
