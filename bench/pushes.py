"""Repositories to watch, and pushes to them: real ones, written by ``git fast-import``, each commit with a file."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from shutil import which

_GIT = which("git") or "git"

_ANA = b"Ana <ana@example.org>"
LATIN_1 = "Jürgen Müller <jm@example.org>".encode("latin-1")
"""An author as old commits have them: these bytes are not UTF-8."""

_FIRST_DATE = 1_700_000_000
_FOLDERS = 100
_HERMETIC = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


class Repository:
    """
    A bare repository with one branch.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(parents=True)
        self.git("init", "--quiet", "--bare", "--initial-branch=main")
        self.git("config", "uploadpack.allowFilter", "true")
        self._made = 0

    def git(self, *arguments: str) -> str:
        """
        Run git in the repository and return what it printed.
        """
        command = [_GIT, f"--git-dir={self.path}", *arguments]
        env = os.environ | _HERMETIC
        return subprocess.run(command, env=env, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()

    @property
    def tip(self) -> str | None:
        """
        What the branch points to; None while there is no branch.
        """
        return self.git("for-each-ref", "--format=%(objectname)", "refs/heads/main") or None

    def push(self, count: int, *, on: str | None = None, authors: Mapping[int, bytes] | None = None) -> list[str]:
        """
        Put so many commits on the branch, and return their ids, oldest first.

        Args:
            count: how many.
            on: the commit that they are put on, in place of the tip: a push by force.
            authors: who wrote those that are not Ana's, by their place.
        """
        parent = on or self.tip
        command = [_GIT, f"--git-dir={self.path}", "fast-import", "--quiet", "--force"]
        with subprocess.Popen(command, env=os.environ | _HERMETIC, stdin=subprocess.PIPE) as importing:
            assert importing.stdin is not None  # noqa: S101 - for the types: it is a pipe
            importing.stdin.writelines(self._stream(count, parent, authors or {}))
        if importing.returncode:
            raise RuntimeError(f"git fast-import ended with {importing.returncode}")
        new = self.git("rev-list", "--reverse", "--topo-order", "main", *([f"^{parent}"] if parent else []))
        return new.split()

    def _stream(self, count: int, parent: str | None, authors: Mapping[int, bytes]) -> Iterator[bytes]:
        for place in range(count):
            number = self._made + place
            date = _FIRST_DATE + number
            message = b"Change number %d\n\nWith a line that says why." % number
            begin = b"from %s\n" % parent.encode() if parent and not place else b""
            yield b"commit refs/heads/main\nauthor %s %d +0000\n" % (authors.get(place, _ANA), date)
            yield b"committer Bo <bo@example.org> %d +0000\ndata %d\n%s\n%s" % (date, len(message), message, begin)
            yield b"M 100644 inline src/%d/file\ndata 8\n%08d\n" % (number % _FOLDERS, number)
        self._made += count

    def forget(self) -> None:
        """
        Throw away every commit that the branch does not lead to, as hosts do after a while.
        """
        self.git("reflog", "expire", "--all", "--expire=now")
        self.git("gc", "--quiet", "--prune=now")
