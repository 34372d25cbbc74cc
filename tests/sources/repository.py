"""A real repository to watch, made by real git and pushed to, rewritten and cleaned at will."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

HERMETIC = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Ana",
    "GIT_AUTHOR_EMAIL": "ana@example.org",
    "GIT_AUTHOR_DATE": "1700000000 +0100",
    "GIT_COMMITTER_NAME": "Bo",
    "GIT_COMMITTER_EMAIL": "bo@example.org",
    "GIT_COMMITTER_DATE": "1700000060 +0000",
}


class Repository:
    """
    A bare repository whose branches are moved commit by commit, without a working tree.
    """

    def __init__(self, path: Path, *, object_format: str = "sha1") -> None:
        self.path = path
        path.mkdir()
        self.git("init", "--quiet", "--bare", f"--object-format={object_format}")
        self.git("config", "uploadpack.allowFilter", "true")
        self._tree = self.git("hash-object", "-w", "-t", "tree", os.devnull)

    def git(self, *arguments: str, given: bytes = b"") -> str:
        """
        Run git in the repository and return what it printed.
        """
        ours = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        command = ["git", f"--git-dir={self.path}", *arguments]
        return (
            subprocess.run(command, input=given, env=ours | HERMETIC, check=True, stdout=subprocess.PIPE)
            .stdout.decode()
            .strip()
        )

    def commit(self, message: str, *, branch: str = "main", parents: tuple[str, ...] | None = None) -> str:
        """
        Put a commit on a branch, made if it is not there; on its tip if no parents are given.
        """
        on = self.parents(branch) if parents is None else parents
        oid = self.git("commit-tree", self._tree, *(f"-p{parent}" for parent in on), given=message.encode())
        return self.branch(branch, oid)

    def parents(self, branch: str) -> tuple[str, ...]:
        """
        Return what the next commit on a branch is to be put on: its tip, or nothing.
        """
        return tuple(self.git("for-each-ref", "--format=%(objectname)", f"refs/heads/{branch}").split())

    def history(self, *messages: str, branch: str = "main") -> list[str]:
        """
        Put commits on a branch, one after the other.
        """
        return [self.commit(message, branch=branch) for message in messages]

    def amend(self, message: str, *, branch: str = "main") -> str:
        """
        Replace the tip of a branch by another commit on the same parents, as a push by force does.
        """
        parents = tuple(self.git("log", "-1", "--format=%P", f"refs/heads/{branch}").split())
        return self.commit(message, branch=branch, parents=parents)

    def raw_commit(self, people: bytes, message: bytes, *, encoding: bytes = b"", branch: str = "main") -> str:
        """
        Put a commit on a branch whose bytes git did not look at.
        """
        parents = b"".join(b"parent %s\n" % parent.encode() for parent in self.parents(branch))
        head = b"tree %s\n%sauthor %s 1700000000 +0100\ncommitter %s 1700000060 +0000\n"
        body = head % (self._tree.encode(), parents, people, people) + encoding + b"\n" + message
        return self.branch(branch, self.git("hash-object", "-w", "-t", "commit", "--stdin", "--literally", given=body))

    def branch(self, name: str, oid: str) -> str:
        """
        Point a branch to a commit.
        """
        self.git("update-ref", f"refs/heads/{name}", oid)
        return oid

    def delete(self, branch: str) -> None:
        """
        Delete a branch.
        """
        self.git("update-ref", "-d", f"refs/heads/{branch}")

    def forget(self) -> None:
        """
        Throw away every commit that no branch leads to, as hosts do after a while.
        """
        self.git("gc", "--quiet", "--prune=now")
