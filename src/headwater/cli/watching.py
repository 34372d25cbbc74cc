"""What ``headwater run`` says: changes on standard output, everything else on standard error."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Sequence

import click

from headwater.blocking import Store
from headwater.cli.invitation import line_to_type
from headwater.cli.screens import change_line, commit_words, printable
from headwater.errors import SourceError
from headwater.sources.newest import newest_commit
from headwater.values import Change, Master, Watched


class Watching:
    """
    Says what is watched and what happens to it; a listener of the runner.

    Args:
        store: the registry.
        named: the sources that the command line names.
    """

    def __init__(self, store: Store, named: Sequence[Watched]) -> None:
        self._store = store
        self._named = named
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, master: Master, poll: float) -> None:
        """
        Say who watches what, and how to stop.
        """
        say(f"Master {master.name} on {self._store.database.limits.shown}; each source is polled every {poll:g} s.")
        for watched in self._named:
            say(f"Watching {_bold(watched.name)}: {printable(watched.settings.url)}")
        say("Ctrl-C hands everything back and ends.")

    def end(self) -> None:
        """
        Say that nothing is held any more, and nothing after it.
        """
        for task in self._tasks:
            task.cancel()
        say("Everything is handed back.")

    def recorded(self, change: Change) -> None:
        """
        Print a change.
        """
        click.echo(change_line(change))

    def looked(self, watched: Watched, refs: dict[str, str]) -> None:
        """
        Say what is there, and how to see a change.
        """
        task = asyncio.get_running_loop().create_task(self._tell_newest(watched, refs))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def failed(self, watched: Watched, problem: str) -> None:
        """
        Say why a poll failed.
        """
        say(f"{_bold(watched.name)} {click.style('cannot be looked at', fg='yellow')}: {printable(problem)}; trying on")

    def lost(self, watched: Watched, why: str) -> None:
        """
        Say that a source is not run here any more.
        """
        say(f"{_bold(watched.name)} is not watched here any more: {why}")

    async def _tell_newest(self, watched: Watched, refs: dict[str, str]) -> None:
        branches = "1 branch" if len(refs) == 1 else f"{len(refs)} branches"
        path = watched.settings.url
        if watched.settings.host is None:
            say(f"{_bold(watched.name)} has {branches}; push a commit to see a change")
            return
        newest = await newest_commit(path)
        say(f"{_bold(watched.name)} has {branches}; the newest commit is {commit_words(newest) if newest else 'none'}")
        try:
            command = await line_to_type(path, newest)
        except SourceError:
            return
        if command is not None:
            say(f"To see a change, type elsewhere: {click.style(shlex.join(command), fg='green')}")


def _bold(name: str) -> str:
    return click.style(printable(name), bold=True)


def say(sentence: str) -> None:
    """
    Say something that is no change.
    """
    click.echo(sentence, err=True)
