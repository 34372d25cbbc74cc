"""Show three masters on one database, the feed, a kill, and who holds what afterwards; ends by itself."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import click

REPOSITORIES = ("api", "web", "docs")
MASTERS = ("one", "two", "three")

NEWS = threading.Condition()
"""Told of every line that a master has said."""

_PATIENCE = 20.0
_AUTHOR = {"GIT_AUTHOR_NAME": "Demo", "GIT_AUTHOR_EMAIL": "demo@example.org"}
_COMMITTER = {"GIT_COMMITTER_NAME": "Demo", "GIT_COMMITTER_EMAIL": "demo@example.org"}


class Master:
    """
    A running `headwater run`, whose lines are shown with its name before them.

    Args:
        name: its given name.
        folder: where the database and the repositories are.
    """

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        watched = [str(folder / repository) for repository in REPOSITORIES]
        run = ["run", "--name", name, "--poll", "500ms", "--cache", str(folder / "cache" / name), *watched]
        self._process = subprocess.Popen(
            headwater(folder, *run), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def kill(self) -> None:
        """
        End it without a chance to hand anything back.
        """
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """
        End it as Ctrl-C does.
        """
        if self._process.poll() is None:
            self._process.terminate()
            self._process.wait(_PATIENCE)
        self._reader.join(_PATIENCE)

    def _read(self) -> None:
        assert self._process.stdout is not None  # noqa: S101 - it is a pipe
        for line in self._process.stdout:
            click.echo(f"  {click.style(self.name, fg='blue')}  {line.rstrip()}")
            with NEWS:
                self.lines.append(line)
                NEWS.notify_all()


def headwater(folder: Path, *arguments: str) -> list[str]:
    """
    Return the command that runs headwater on the demo's database.
    """
    return [str(Path(sys.executable).with_name("headwater")), "--database", f"sqlite:///{folder}/demo.db", *arguments]


def show(folder: Path, *arguments: str) -> None:
    """
    Run a command of headwater as a user would, and show it.
    """
    click.echo(click.style(f"$ headwater {' '.join(arguments)}", bold=True))
    subprocess.run(headwater(folder, *arguments), check=True)


def say(sentence: str) -> None:
    """
    Announce what comes next.
    """
    click.echo(f"\n{click.style(sentence, fg='green', bold=True)}")


def git(repository: Path, *arguments: str) -> None:
    """
    Run git, with an author of the demo's own.
    """
    subprocess.run(["git", "-C", str(repository), *arguments], check=True, env={**os.environ, **_AUTHOR, **_COMMITTER})


def commit(folder: Path, subject: str) -> None:
    """
    Make a commit in every repository.
    """
    for name in REPOSITORIES:
        git(folder / name, "commit", "--quiet", "--allow-empty", "--message", f"{subject} of {name}")


@contextmanager
def running(folder: Path) -> Iterator[list[Master]]:
    """
    Start the masters one after the other, and stop at the end those that still run.
    """
    with ExitStack() as stack:
        masters: list[Master] = []
        for name in MASTERS:
            master = Master(name, folder)
            stack.callback(master.stop)
            wait_for([master], "Ctrl-C")
            if not masters:
                wait_for([master], *(f"{repository} has 1 branch" for repository in REPOSITORIES))
            masters.append(master)
        yield masters


def demo(folder: Path) -> None:
    """
    Tell the story.
    """
    for name in REPOSITORIES:
        (folder / name).mkdir()
        git(folder / name, "init", "--quiet", "--initial-branch=main")
    commit(folder, "First commit")
    say("Three masters start on one SQLite file; the first claims what is free, the others stand by.")
    with running(folder) as (one, two, three):
        show(folder, "sources")
        say("Each repository gets a commit: its holder records it, once.")
        commit(folder, "Second commit")
        wait_for([one], *(f"Second commit of {name}" for name in REPOSITORIES))
        say("The holder is killed. Until leases come, its claims are freed by hand; nothing else is lost.")
        one.kill()
        commit(folder, "Commit while nobody looks")
        show(folder, "masters")
        show(folder, "release", *REPOSITORIES)
        say("The others take the sources, and record what nobody saw.")
        wait_for([two, three], *(f"Commit while nobody looks of {name}" for name in REPOSITORIES))
        show(folder, "sources")
        show(folder, "history", "api")
        say("All masters are stopped: every claim is handed back.")
    show(folder, "sources")
    show(folder, "changes")


def wait_for(masters: Sequence[Master], *texts: str) -> None:
    """
    Wait until each text has stood in a line of one of the masters.
    """

    def are_there() -> bool:
        return all(any(text in line for master in masters for line in master.lines) for text in texts)

    with NEWS:
        if not NEWS.wait_for(are_there, _PATIENCE):
            sys.exit(f"nobody said {texts} within {_PATIENCE:g} s")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="headwater-demo-") as name:
        demo(Path(name))
