"""What a hostile URL, pattern, host or repository would have git do, and what becomes of it."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from headwater.errors import ForeignOwnerError, NotAllowedError, RepositoryNotFoundError, SourceError
from headwater.sources.newest import newest_commit
from headwater.values import Settings

from .polling import look, poll
from .repository import HERMETIC, Repository
from .watching import watch
from .webhost import web_host

HOOKS = (
    "fsmonitor-watchman",
    "post-checkout",
    "post-index-change",
    "post-update",
    "pre-auto-gc",
    "reference-transaction",
)
COMMANDS = (
    "core.alternateRefsCommand",
    "core.askPass",
    "core.editor",
    "core.fsmonitor",
    "core.gitProxy",
    "core.pager",
    "core.sshCommand",
    "credential.helper",
    "diff.external",
    "gpg.program",
    "pager.log",
    "uploadpack.packObjectsHook",
)
"""Settings of git whose values are commands."""


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    """
    A file that only a trick would make.
    """
    return tmp_path / "canary"


@pytest.fixture
def trick(tmp_path: Path, canary: Path) -> Path:
    """
    A program that makes it.
    """
    program = tmp_path / "trick"
    program.write_text(f"#!/bin/sh\ntouch {canary}\n", encoding="utf-8")
    program.chmod(0o755)
    return program


def trap(folder: Path, trick: Path) -> None:
    """
    Set every trap in a repository that its owner can set: hooks, and commands in its settings.
    """
    for hook in HOOKS:
        (folder / "hooks").mkdir(exist_ok=True)
        (folder / "hooks" / hook).symlink_to(trick)
    more = {"core.hooksPath": str(folder / "hooks"), "log.showSignature": "true", "alias.log": f"!{trick}"}
    for key, value in (dict.fromkeys(COMMANDS, str(trick)) | more).items():
        subprocess.run(["git", "config", "--file", folder / "config", key, value], check=True)


def settings_of_the_user(path: Path, settings: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Set up the git of the user whom we run as.
    """
    for key, value in settings.items():
        subprocess.run(["git", "config", "--file", path, "--add", key, value], check=True)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(path))


def test_a_trapped_repository_on_this_host(repository: Repository, cache: Path, trick: Path, canary: Path) -> None:
    """
    A repository on this host is watched without anything that it would have us run.
    """
    repository.commit("base")
    trap(repository.path, trick)
    source = watch(repository.path, cache)
    position = look(source)
    repository.raw_commit(b"Ana <>", b"one", encoding=b"gpgsig -----BEGIN PGP SIGNATURE-----\n")
    canary.unlink(missing_ok=True)

    [told] = poll(source, position)
    newest = asyncio.run(newest_commit(str(repository.path)))

    assert told.messages == ["one"]
    assert newest == told.commits[0]
    assert not canary.exists()
    repository.git("log", "-1", "main")
    assert canary.exists()  # so it was a trap


def test_a_trapped_working_copy(tmp_path: Path, cache: Path, trick: Path, canary: Path) -> None:
    """
    A working copy is watched like a bare repository: its files, submodules and hooks are not looked at.
    """
    copy = tmp_path / "copy"

    def git(*arguments: str) -> None:
        ours = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")} | HERMETIC
        subprocess.run(["git", "-C", copy, *arguments], check=True, env=ours)

    copy.mkdir()
    git("init", "--quiet", "--initial-branch=main")
    (copy / ".gitmodules").write_text('[submodule "x"]\n\tpath = x\n\turl = ext::touch canary\n', encoding="utf-8")
    (copy / ".gitattributes").write_text("* filter=trick diff=trick\n", encoding="utf-8")
    git("add", ".")
    git("commit", "--quiet", "--message=base")
    source = watch(copy, cache)
    position = look(source)
    git("commit", "--quiet", "--allow-empty", "--message=one")
    trap(copy / ".git", trick)

    [told] = poll(source, position)
    newest = asyncio.run(newest_commit(str(copy)))

    assert told.messages == ["one"]
    assert newest == told.commits[0]
    assert not canary.exists()
    git("status")
    assert canary.exists()


def test_hooks_of_the_user(
    repository: Repository, cache: Path, trick: Path, canary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    The hooks that the user has for all repositories are for his work, not for ours.
    """
    hooks = cache.parent / "hooks"
    hooks.mkdir()
    for hook in HOOKS:
        (hooks / hook).symlink_to(trick)
    settings = {"core.hooksPath": str(hooks), "core.fsmonitor": str(trick), "init.templateDir": str(hooks.parent)}
    settings_of_the_user(cache.parent / ".gitconfig", settings, monkeypatch)
    source = watch(repository.path, cache)
    position = look(source)
    repository.commit("one")

    [told] = poll(source, position)

    assert told.messages == ["one"]
    assert not canary.exists()
    subprocess.run(
        ["git", f"--git-dir={repository.path}", "update-ref", "refs/heads/x", told.commits[0].oid], check=True
    )
    assert canary.exists()


def test_a_url_that_becomes_a_command(cache: Path, trick: Path, canary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A URL that git's settings turn into a command is refused by the list of protocols.
    """
    settings = {f"url.ext::{trick} .insteadOf": "https://git.example/"}
    settings_of_the_user(cache.parent / ".gitconfig", settings, monkeypatch)

    with pytest.raises(NotAllowedError, match="transport 'ext' not allowed"):
        look(watch("https://git.example/api.git", cache))
    assert not canary.exists()


@pytest.mark.parametrize("url", ["ext::{trick}", "--upload-pack={trick}", "-oProxyCommand={trick}@127.0.0.1:x"])
def test_a_url_that_is_a_command(cache: Path, trick: Path, canary: Path, url: str) -> None:
    """
    A URL that would run something is refused before git sees it.
    """
    with pytest.raises(NotAllowedError):
        look(watch(url.format(trick=trick), cache))
    assert not canary.exists()


@pytest.mark.parametrize("target", ["file://{path}", "ext::{trick}", "ssh://-oProxyCommand={trick}/x"])
def test_a_host_that_sends_us_elsewhere(
    repository: Repository, cache: Path, trick: Path, canary: Path, target: str
) -> None:
    """
    A host on the web can send us on to others on the web only, not to our own files or programs.
    """
    repository.commit("base")
    sends_on = target.format(path=repository.path.parent, trick=trick)
    with web_host(repository.path.parent, sends_on=sends_on) as host, pytest.raises(SourceError):
        look(watch(f"{host.url}/api.git", cache))

    assert not canary.exists()


def test_branches_that_look_like_options(repository: Repository, cache: Path, trick: Path, canary: Path) -> None:
    """
    A branch may have any name that git lets it have: it is watched under it, and nothing else happens.
    """
    base = repository.commit("base")
    source = watch(repository.path, cache)
    position = look(source)
    names = [f"--upload-pack={trick}", "-x", "$(touch${IFS}canary)", "a;touch${IFS}canary", "`id`", "'\"", "grün"]
    for name in names:
        repository.git("update-ref", f"refs/heads/{name}", base)

    told = poll(source, position)

    assert {each.move.ref for each in told} == {f"refs/heads/{name}" for name in names}
    assert not canary.exists()


@pytest.mark.parametrize("rev", ["--all", "-x", "main", "HEAD", "@{u}", "^0123456", "a..b", "0123\n4567", ""])
def test_a_commit_that_is_none(repository: Repository, cache: Path, rev: str) -> None:
    """
    From where to tell again is said by the id of a commit, and by nothing else that git would understand.
    """
    tip = repository.commit("base")
    source = watch(repository.path, cache)

    with pytest.raises(NotAllowedError, match="is not the id of a commit, nor the beginning of one"):
        asyncio.run(source.since(rev, {"refs/heads/main": tip}))


@pytest.mark.parametrize("name", ["api.git", "l" + 200 * "o" + "ng.git"])
def test_a_folder_whose_owner_is_another(
    name: str, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A repository of another user is one sentence with the cure, and the cure is one, however long the path is.
    """
    if os.geteuid():
        pytest.skip("only root can give a folder to another user")
    repository = Repository(tmp_path / name)
    repository.commit("base")
    for path in (repository.path, *repository.path.rglob("*")):
        os.chown(path, 65534, 65534)
    source = watch(repository.path, cache)

    with pytest.raises(ForeignOwnerError) as raised:
        look(source)

    cure = f"git config --global --add safe.directory {repository.path}"
    expected = f"belongs to another user: if you trust it, run `{cure}` as the user of this master"
    assert raised.value.problem == f"{repository.path} {expected}"
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(cache.parent / ".gitconfig"))
    subprocess.run(cure, shell=True, check=True)  # noqa: S602 - as a user would
    assert look(source)


def test_files_that_are_no_repository(tmp_path: Path, cache: Path) -> None:
    """
    A file or folder that is no repository is not told of, beyond that.
    """
    secret = tmp_path / "secret"
    secret.write_text("hunter2", encoding="utf-8")

    for path in (secret, tmp_path, tmp_path / "nowhere"):
        with pytest.raises(RepositoryNotFoundError) as raised:
            look(watch(path, cache))
        assert "hunter2" not in str(raised.value)


def test_no_setting_of_a_source_becomes_an_option(repository: Repository, cache: Path, canary: Path) -> None:
    """
    A pattern that would be an option is refused with a sentence.
    """
    for pattern in ("--upload-pack=touch canary", "-x", "main\n--exec=id"):
        settings = Settings(kind="git", url=str(repository.path), refs=(pattern,))
        with pytest.raises(NotAllowedError, match=r"the pattern .* no ref has such a name"):
            watch(repository.path, cache, settings=settings)
    assert not canary.exists()
