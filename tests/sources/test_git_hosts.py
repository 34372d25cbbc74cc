"""Hosts and surroundings as they are: files without git, repositories that are gone, hooks, no git at all."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from headwater.errors import RepositoryNotFoundError, SourceError
from headwater.sources.git import GitSource
from headwater.values import Move

from .daemon import git_daemon
from .polling import look, poll
from .repository import Repository
from .watching import watch

MAIN = "refs/heads/main"


def test_a_web_server_without_git(repository: Repository, cache: Path) -> None:
    """
    A repository that a web server offers as files is watched too, with old tips as long as their files are there.
    """
    repository.commit("base")
    repository.git("update-server-info")
    with file_server(repository.path) as url:
        source = watch(url, cache)
        position = look(source)
        repository.commit("typo")
        repository.git("update-server-info")
        pushed = poll(source, position)
        position = look(source)
        repository.amend("no typo")
        repository.git("update-server-info")
        forced = poll(source, position)

    assert [told.messages for told in pushed + forced] == [["typo"], ["no typo"]]


@contextmanager
def file_server(folder: Path) -> Iterator[str]:
    """
    Serve a folder as a plain web server does.
    """
    files = partial(QuietFiles, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), files) as server:
        serving = Thread(target=server.serve_forever)
        serving.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        serving.join()


class QuietFiles(SimpleHTTPRequestHandler):
    """
    Files, without a line on the screen for each.
    """

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """
        Say nothing.
        """


def test_gits_own_server(repository: Repository, cache: Path) -> None:
    """
    A repository behind git's own server is watched; one that is not for export is said not to be there.
    """
    repository.commit("base")
    with git_daemon(repository.path.parent) as url:
        source = watch(f"{url}/api.git", cache)
        with pytest.raises(RepositoryNotFoundError, match="repository not exported"):
            look(source)
        (repository.path / "git-daemon-export-ok").touch()
        position = look(source)
        repository.commit("one")
        [told] = poll(source, position)

    assert told.messages == ["one"]


def test_a_repository_that_is_not_there(tmp_path: Path, cache: Path) -> None:
    """
    A repository that does not exist is one sentence with the name of the source.
    """
    source = watch(tmp_path / "nowhere", cache)

    with pytest.raises(SourceError) as raised:
        look(source)

    assert str(raised.value) == f"api: '{tmp_path / 'nowhere'}' does not appear to be a git repository"


def test_a_host_without_git(source: GitSource, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Without git the source says so.
    """
    monkeypatch.setenv("PATH", "")

    with pytest.raises(SourceError, match="api: git could not be started: No such file or directory"):
        look(source)


def test_a_fetch_that_fails(repository: Repository, source: GitSource) -> None:
    """
    A repository that goes away between the look and the fetch is an error, and nothing is told.
    """
    base = repository.commit("base")
    shutil.rmtree(repository.path)

    with pytest.raises(SourceError, match="does not appear to be a git repository"):
        asyncio.run(source.fetch([Move(ref=MAIN, before=None, after=base)], []))


def test_started_by_a_hook(repository: Repository, source: GitSource, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A repository that the environment names, as in a hook, is left alone.
    """
    repository.commit("base")
    position = look(source)
    repository.commit("next")
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", "/nowhere/objects")

    assert [told.messages for told in poll(source, position)] == [["next"]]
