"""URLs: what is refused, whose host they name, what is shown, and where it is filed."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path, PosixPath
from typing import Self

import pytest

from headwater.errors import NotAllowedError, UnreachableError
from headwater.sources.giturl import folder_name, local_path, origin, outside, redact, refusal

from .polling import look
from .watching import watch


class Away(PosixPath):
    """
    A pipe that nobody writes to: to look it up waits as a disk does whose host is away.
    """

    def resolve(self, strict: bool = False) -> Self:  # noqa: FBT001, FBT002 - as it is in Python
        """
        Wait until somebody opens the other end.
        """
        self.read_bytes()
        return super().resolve(strict)


@pytest.mark.parametrize(
    ("why", "url"),
    [
        ("the URL is empty", ""),
        ("begins with '-', as an option does", "--upload-pack=id"),
        ("begins with '-', as an option does", "-oProxyCommand=id@git.example:x"),
        ("a transport helper \\(ext::\\)", "ext::sh -c id"),
        ("a transport helper \\(fd::\\)", "fd::3"),
        ("a control character", "file:///x\ny"),
        ("a control character", "/x\0y"),
        ("could be taken for an option", "ssh://-oProxyCommand=id/x"),
        ("could be taken for an option", "ssh://%2DoProxyCommand=id/x"),
        ("could be taken for an option", "ssh://-oProxyCommand=id@git.example/x"),
        ("could be taken for an option", "git.example:-x"),
        ("could be taken for an option", "ssh://git.example/-x"),
        ("ftp:// is not allowed", "ftp://git.example/x"),
        ("HTTPS:// is not allowed", "HTTPS://git.example/x"),
        ("a local path must be absolute", "x/y"),
        ("a local path must be absolute", "file://git.example/x"),
        ("names no host", "https:///x"),
        ("cannot be read", "https://git.example:port/x"),
        ("cannot be read", "https://[git.example/x"),
        ("write https://git.example/x, and name a credential", "https://ci:secret@git.example/x"),
        ("write https://git.example/x, and name a credential", "https://secret@git.example/x"),
        ("write git.example:x, and name a credential", "ci:secret@git.example:x"),
        ("write ssh://git.example/x, and name a credential", "ssh://ci:secret@git.example/x"),
    ],
)
def test_dangerous_urls_are_refused(why: str, url: str, tmp_path: Path) -> None:
    """
    What git would take for an option, a command or two lines, and what holds a password, never becomes a source.
    """
    with pytest.raises(NotAllowedError, match=why) as raised:
        watch(url, tmp_path)

    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    "url",
    [
        "https://git.example/x.git",
        "http://git.example:8080/x.git",
        "ssh://git@git.example:2222/x.git",
        "git@git.example:acme/x.git",
        "git@[::1]:x",
        "git://git.example/x",
        "/srv/git/a:b@c",
        "file:///srv/git/x",
    ],
)
def test_usual_urls_are_not_refused(url: str) -> None:
    """
    A URL, the short form of ssh with its user, and a path are what they always were.
    """
    assert refusal(url) is None


@pytest.mark.parametrize(
    ("expected", "url"),
    [
        ("https://git.example", "https://Git.Example:443/x"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/x"),
        ("ssh://git.example", "git@git.example:x"),
        ("ssh://git.example:2222", "ssh://git@git.example:2222/x"),
        ("ssh://[::1]", "ssh://[::1]/x"),
        ("ssh://[::1]", "[::1]:x"),
        (None, "/srv/x"),
        (None, "file:///srv/x"),
    ],
)
def test_the_host_of_a_url(expected: str | None, url: str) -> None:
    """
    Two URLs of one host name it alike: protocol, host, and the port if it is not the usual one.
    """
    assert expected == origin(url)


@pytest.mark.parametrize(
    ("expected", "url"),
    [(Path("/srv/x"), "/srv/x"), (Path("/srv/a b"), "file:///srv/a%20b"), (None, "git.example:x")],
)
def test_the_path_of_a_url(expected: Path | None, url: str) -> None:
    """
    A path and a file URL are on this host, everything else is not.
    """
    assert expected == local_path(url)


def test_paths_outside_of_the_roots(tmp_path: Path) -> None:
    """
    A local path may be read below one of the roots only, wherever its links and dots lead; a URL has no roots.
    """
    root, elsewhere = tmp_path / "root", tmp_path / "elsewhere"
    for folder in (root, elsewhere):
        folder.mkdir()
    (root / "link").symlink_to(elsewhere)

    assert outside(f"{root}/api.git", [elsewhere, root]) is None
    assert outside("https://git.example/x", [root]) is None
    for url in (f"{elsewhere}/x", f"{root}/../elsewhere/x", f"{root}/link/x", f"file://{elsewhere}/x", f"{root}2"):
        assert outside(url, [root]) is not None
    with pytest.raises(NotAllowedError, match="outside of the folders that this master may read: see roots"):
        look(watch(elsewhere / "x", tmp_path, roots=[root]))


def test_a_path_on_a_disk_that_does_not_answer(tmp_path: Path) -> None:
    """
    A path that cannot be looked up is given up in time; the loop goes on meanwhile, and its end waits for nobody.
    """
    root = Away(tmp_path / "root")
    os.mkfifo(root)

    async def looked() -> list[str]:
        done: list[str] = []
        asyncio.get_running_loop().call_later(0.1, done.append, "something else")
        with pytest.raises(UnreachableError, match=r"^api: .*/api\.git could not be looked up within 0\.5 s$"):
            await watch(tmp_path / "api.git", tmp_path, roots=[root], timeout=0.5).look()
        return done

    assert asyncio.run(looked()) == ["something else"]
    os.close(os.open(root, os.O_WRONLY))  # which lets the thread end that waits still


def test_every_path_may_be_read() -> None:
    """
    Where every path may be read no disk is asked where links lead.
    """
    assert outside("/nowhere/api.git", [Away("/nowhere"), Path("/")]) is None


@pytest.mark.parametrize(
    ("shown", "url"),
    [
        ("https://git.example/x.git", "https://ci:secret@git.example/x.git"),
        ("https://git.example/x@y", "https://p@ss@git.example/x@y"),
        ("git@git.example:x.git", "git@git.example:x.git"),
        ("/srv/git/x.git", "/srv/git/x.git"),
    ],
)
def test_user_information_is_not_shown(shown: str, url: str) -> None:
    """
    User and password of a URL are left out; the rest stays.
    """
    assert shown == redact(url)


def test_sources_do_not_share_a_folder() -> None:
    """
    Every source has a folder of its own.
    """
    url = "https://git.example/x.git"

    assert folder_name("a", url) != folder_name("b", url)
    assert folder_name("a", url) != folder_name("a", "https://git.example/y.git")
