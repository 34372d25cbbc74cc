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

from headwater.clock import boot_seconds

REPOSITORIES = ("api", "web", "docs")
MASTERS = ("one", "two", "three")
WATCHER = "watch"
"""Stands before the lines of `headwater sources --watch`."""

NEWS = threading.Condition()
"""Told of every line that a process has said."""

_PATIENCE = 20.0
_AUTHOR = {"GIT_AUTHOR_NAME": "Demo", "GIT_AUTHOR_EMAIL": "demo@example.org"}
_COMMITTER = {"GIT_COMMITTER_NAME": "Demo", "GIT_COMMITTER_EMAIL": "demo@example.org"}


class Process:
    """
    A running command, whose lines are shown with its name before them.

    Args:
        name: how it is called here.
        command: what is run.
    """

    def __init__(self, name: str, command: Sequence[str]) -> None:
        self.name = name
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
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


def master(name: str, folder: Path) -> Process:
    """
    Start `headwater run` on all repositories.
    """
    watched = [str(folder / repository) for repository in REPOSITORIES]
    run = ["run", "--name", name, "--poll", "500ms", "--cache", str(folder / "cache" / name), *watched]
    return Process(name, headwater(folder, *run))


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
def running(folder: Path) -> Iterator[list[Process]]:
    """
    Start the masters one after the other, and stop at the end those that still run.
    """
    with ExitStack() as stack:
        masters: list[Process] = []
        for name in MASTERS:
            started = master(name, folder)
            stack.callback(started.stop)
            wait_for([started], "Ctrl-C")
            if not masters:
                wait_for([started], *(f"{repository} has 1 branch" for repository in REPOSITORIES))
            masters.append(started)
        yield masters


@contextmanager
def watching(folder: Path) -> Iterator[Process]:
    """
    Show meanwhile who holds what.
    """
    watcher = Process(WATCHER, headwater(folder, "sources", "--watch"))
    try:
        wait_for([watcher], *(f"{repository}  …held by" for repository in REPOSITORIES))
        yield watcher
    finally:
        watcher.stop()


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
        say("The holder is killed with kill -9, and there are commits that nobody sees.")
        with watching(folder) as watcher:
            one.kill()
            killed = boot_seconds()
            commit(folder, "Commit while nobody looks")
            show(folder, "masters")
            say("The others see its heartbeat stand still for 10 s, share its sources, and record what nobody saw.")
            wait_for([two, three], *(f"Commit while nobody looks of {name}" for name in REPOSITORIES))
            took = boot_seconds() - killed
            wait_for([watcher], *(f"{name}  …held by t" for name in REPOSITORIES))
        say(f"{took:.1f} s after the kill nothing was missing.")
        show(folder, "sources")
        show(folder, "history", "api")
        say("All masters are stopped: every claim is handed back.")
    show(folder, "sources")
    show(folder, "changes")


def wait_for(processes: Sequence[Process], *texts: str) -> None:
    """
    Wait until each text has stood in a line of one of the processes; "…" in it stands for anything.
    """

    def is_there(text: str) -> bool:
        parts = text.split("…")
        return any(all(part in line for part in parts) for process in processes for line in process.lines)

    def are_there() -> bool:
        return all(is_there(text) for text in texts)

    with NEWS:
        if not NEWS.wait_for(are_there, _PATIENCE):
            sys.exit(f"nobody said {texts} within {_PATIENCE:g} s")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="headwater-demo-") as name:
        demo(Path(name))
