"""Rows about what people write, and what operators change."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import structs

from headwater import AccessDeniedError, Settings
from headwater.sources.credentials import Credential, Credentials
from tests.sources.corners.watcher import Watcher
from tests.sources.repository import Repository
from tests.sources.webhost import WebHost, web_host

MAIN = "refs/heads/main"


@pytest.mark.parametrize("encoding", [b"", b"encoding ISO-8859-1\n", b"encoding bogus\n"])
def test_non_utf8_author_message_and_branch(repository: Repository, watch: Watcher, encoding: bytes) -> None:
    """
    Bytes that are not UTF-8 stop nothing: the commit is recorded with what they most likely mean, and those after it.
    """
    repository.commit("base")
    watch.poll()
    tip = repository.raw_commit(b"J\xf6rg <j\xf6rg@example.org>", b"Gr\xfc\xdfe\n", encoding=encoding)
    repository.commit("after")
    repository.git("update-ref", "--stdin", given=b"create refs/heads/gr\xfcn %s\n" % tip.encode())

    branch, change = watch.poll()

    assert [(commit.message, commit.author, commit.lossy) for commit in change.commits] == [
        ("Grüße", "Jörg", False),
        ("after", "Ana", False),
    ]
    assert branch.ref == "refs/heads/gr\\xfcn"
    assert watch.poll() == []


def test_non_utf8_that_nothing_explains(repository: Repository, watch: Watcher) -> None:
    """
    What no encoding explains is recorded with replacements, and says so; NUL is left out, which no database takes.
    """
    repository.commit("base")
    watch.poll()
    repository.raw_commit(b"Ana <>", b"odd \x81\n")

    [change] = watch.poll()

    assert [(commit.message, commit.lossy) for commit in change.commits] == [("odd \N{REPLACEMENT CHARACTER}", True)]


def test_skip_ci(repository: Repository, watch: Watcher) -> None:
    """
    A commit that asks to skip CI is recorded like any other: who builds decides.
    """
    repository.commit("base")
    watch.poll()
    repository.commit("docs [skip ci]")

    assert [[commit.message for commit in change.commits] for change in watch.poll()] == [["docs [skip ci]"]]


@pytest.fixture
def host(repository: Repository) -> Iterator[WebHost]:
    """
    The repository on the web, behind a password.
    """
    with web_host(repository.path.parent, password="ci:one") as host:
        yield host


def test_credentials_rotate(repository: Repository, watch: Watcher, host: WebHost, tmp_path: Path) -> None:
    """
    A new secret, and a credential of another name, change nothing but whether we are let in: the position stays.
    """
    secret = tmp_path / "secret"
    secret.write_text("one", encoding="utf-8")
    known = Credential(hosts=(host.url,), username="ci", secret=f"file:{secret}")
    watch.credentials = Credentials({"old": known, "new": known})
    settings = Settings(kind="git", url=f"{host.url}/api.git", credential="old")
    watch.edit(settings)
    repository.commit("base")
    watch.poll()
    host.password = "ci:two"
    repository.commit("meanwhile")
    with pytest.raises(AccessDeniedError):
        watch.poll()
    secret.write_text("two", encoding="utf-8")
    watch.edit(structs.replace(settings, credential="new"))

    [change] = watch.poll()

    assert [commit.message for commit in change.commits] == ["meanwhile"]


def test_url_changes(repository: Repository, watch: Watcher, settings: Settings, tmp_path: Path) -> None:
    """
    A source that moves to another host, and gets another name, goes on where it was: what was pushed meanwhile is told.
    """
    repository.commit("base")
    watch.poll()
    moved = Repository(tmp_path / "moved.git")
    repository.git("push", "--quiet", "--mirror", str(moved.path))
    moved.commit("at the new place")
    repository.commit("nobody sees this")
    watch.edit(structs.replace(settings, url=str(moved.path)), name="renamed")

    [change] = watch.poll()

    assert (change.source, change.source_name, change.forced) == (watch.id, "renamed", False)
    assert [commit.message for commit in change.commits] == ["at the new place"]


def test_patterns_change(repository: Repository, watch: Watcher, settings: Settings) -> None:
    """
    Refs that are watched from now on are no news, those that are not any more leave without a word.
    """
    watch.edit(structs.replace(settings, refs=("main",)))
    base = repository.commit("base")
    repository.commit("old", branch="feature")
    watch.poll()
    watch.edit(structs.replace(settings, refs=("feature",)))

    assert watch.poll() == []
    assert watch.position() == {"refs/heads/feature": repository.parents("feature")[0]}
    repository.branch("main", base)
    repository.commit("new", branch="feature")
    assert [change.ref for change in watch.poll()] == ["refs/heads/feature"]
