"""Two masters and a git repository, and what becomes of its commits."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import sleep

from headwater.clock import boot_seconds
from tests.buildbot.masters import BuildMaster, Config
from tests.buildbot.scenes import alike, awaited, first_poll, start_all
from tests.conformance.rows import run

GIT = """
from tests.buildbot.probe import ProbedGit
c["change_source"] = [ProbedGit({repository!r}, branches=True, name="git", pollInterval=1, pollAtLaunch=True)]
"""


@contextmanager
def two_with_git(url: str, folder: Path, *, count: int = 2, running: int = 2) -> Iterator[list[BuildMaster]]:
    """
    Give masters that have one GitPoller, the first of them holding it, once those that run have leases.
    """
    repository = folder / "repository"
    subprocess.run(["git", "init", "--quiet", "--initial-branch=main", repository], check=True)
    commit(folder)
    config = Config(url=url, sources=0, more=GIT.format(repository=str(repository)))
    with alike(folder, count, config) as those:
        for master in those[:running]:
            start_all([master])
        first_poll(those[0], 0)
        query = "SELECT COUNT(*) FROM headwater_leases WHERE beat > 2 AND ended_at IS NULL"
        awaited(lambda: run(url, query) == [(running,)] or None, "leases")
        yield those


def commit(folder: Path) -> None:
    """
    Make a commit.
    """
    who = ["-c", "user.name=A", "-c", "user.email=a@example.com"]
    command = ["git", *who, "commit", "--quiet", "--allow-empty", "--message=one"]
    subprocess.run(command, cwd=folder / "repository", check=True)


def commit_at_once(folder: Path, count: int) -> None:
    """
    Make so many commits that all come with one move of the branch.
    """
    one = "commit refs/heads/main\ncommitter A <a@example.com> 1700000000 +0000\ndata 3\none\n"
    stream = one + "from refs/heads/main^0\n\n" + (one + "\n") * (count - 1)
    command = ["git", "fast-import", "--quiet"]
    subprocess.run(command, cwd=folder / "repository", input=stream.encode(), check=True)


def commit_is_one_change(url: str, folder: Path) -> None:
    """
    Make a commit, and look that it becomes one change.
    """
    before = changes_in(url)
    commit(folder)
    awaited(lambda: changes_in(url) != before or None, "the change")
    sleep(3)  # in which another poller would find it, too
    assert before + 1 == changes_in(url)


def changes_in(url: str) -> int:
    """
    Return how many changes Buildbot has.
    """
    return int(str(run(url, "SELECT COUNT(*) FROM changes")[0][0]))


def running_poll(master: BuildMaster, after: float = 0) -> float | None:
    """
    Return when the poll began that is running; None if none is that began after a moment.
    """
    last = max(master.polls(), default=None)
    return last.at if last is not None and last.what == "began" and last.at > after else None


def somewhere() -> float:
    """
    Return a moment between two heartbeats.
    """
    return boot_seconds() % 2
