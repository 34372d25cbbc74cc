"""A host of the test's own: its folder, its environment, its repositories, and the commands that are typed there."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from msgspec import Struct

from tests.acceptance.processes import COMMAND, SOON, Process
from tests.sources.repository import Repository

POLL = 0.3
"""Seconds between two polls of a source in these tests."""


class Ended(Struct, frozen=True):
    """
    How a command ended that was run to its end, and all that it said.
    """

    code: int
    out: list[str]
    err: list[str]


class Host:
    """
    Where commands are typed, with one database for all of them.

    Args:
        folder: home, working directory and everything else.
        database: its URL; every command gets it by the environment.
        processes: ends what was started.
    """

    def __init__(self, folder: Path, database: str, processes: ExitStack) -> None:
        self.folder = folder
        self.database = database
        self.cache = folder / "cache"
        self._processes = processes
        ours = ("GIT_", "HEADWATER_", "XDG_")
        self._env = {name: value for name, value in os.environ.items() if not name.startswith(ours)} | {
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "HEADWATER_DATABASE": database,
            "HOME": str(folder),
            "PATH": f"{COMMAND.parent}{os.pathsep}{os.environ['PATH']}",
        }

    def clone(self, name: str, *, inside: str = ".") -> Repository:
        """
        Make a repository with a working tree, one commit, and somebody whose name its commits get.
        """
        (self.folder / inside / name).mkdir(parents=True)
        repository = Repository(self.folder / inside / name / ".git")
        for option, value in {"core.bare": "false", "user.name": "Ana", "user.email": "ana@example.org"}.items():
            repository.git("config", option, value)
        repository.git("symbolic-ref", "HEAD", "refs/heads/main")
        repository.commit("first")
        return repository

    def start(self, *arguments: str, **env: str) -> Process:
        """
        Start a `headwater` command, with these variables besides the usual ones.
        """
        return self._processes.enter_context(Process(arguments, cwd=self.folder, env=self._env | env))

    def run(self, *repositories: str, **env: str) -> Process:
        """
        Start ``headwater run``.
        """
        return self.start("run", f"--poll={POLL}s", "--cache=cache", *repositories, **env)

    def headwater(self, *arguments: str, **env: str) -> Ended:
        """
        Run a `headwater` command to its end.
        """
        process = self.start(*arguments, **env)
        return Ended(process.ended(), process.out.all(), process.err.all())

    def typed(self, command: Sequence[str]) -> Ended:
        """
        Run any other command to its end, as if it was typed here.
        """
        done = subprocess.run(
            command, cwd=self.folder, env=self._env, capture_output=True, check=False, text=True, timeout=SOON
        )
        return Ended(done.returncode, done.stdout.splitlines(), done.stderr.splitlines())
