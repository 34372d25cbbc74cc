"""A real repository to watch, made by real git and pushed to, rewritten and cleaned at will."""

from __future__ import annotations

import os
import subprocess
import zlib
from collections.abc import Sequence
from hashlib import sha1
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

    def __init__(self, path: Path, *, object_format: str = "sha1", is_there: bool = False) -> None:
        self.path = path
        if not is_there:
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

    def import_commits(self, count: int, *, branch: str = "main") -> None:
        """
        Put as many commits on a branch, called 0, 1, 2 …, by one process.
        """
        ref = f"refs/heads/{branch}"
        begin = "".join(f"from {parent}\n" for parent in self.parents(branch))
        head = "commit {ref}\ncommitter Bo <bo@example.org> {date} +0000\ndata {length}\n{message}\n{begin}"
        numbers = [str(number) for number in range(count)]
        commits = [
            head.format(
                ref=ref, date=1_700_000_000 + place, length=len(number), message=number, begin="" if place else begin
            )
            for place, number in enumerate(numbers)
        ]
        self.git("fast-import", "--quiet", given="\n".join(commits).encode())

    def dated(self, dates: Sequence[int], *, on: str | None = None, and_on: str | None = None) -> list[str]:
        """
        Make commits of these dates, one after the other, without a branch; the first on others or on none.
        """
        made: list[str] = []
        for date in dates:
            parents = made[-1:] or [parent for parent in (on, and_on) if parent is not None]
            made.append(self.write_commit(parents, date, b"%d %d" % (date, len(made))))
        return made

    def write_commit(self, parents: Sequence[str], date: int, message: bytes) -> str:
        """
        Make a commit of a date, without a branch.
        """
        head = "".join([f"tree {self._tree}\n", *(f"parent {parent}\n" for parent in parents)])
        people = f"author Ana <> {date} +0000\ncommitter Bo <> {date} +0000\n\n"
        return self.write("commit", (head + people).encode() + message)

    def write(self, kind: str, body: bytes) -> str:
        """
        Make an object as git does, without a process of its own: a test may need thousands.
        """
        whole = b"%s %d\0%s" % (kind.encode(), len(body), body)
        oid = sha1(whole, usedforsecurity=False).hexdigest()
        place = self.path / "objects" / oid[:2] / oid[2:]
        place.parent.mkdir(exist_ok=True)
        if not place.exists():
            place.write_bytes(zlib.compress(whole))
        return oid

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
