"""What ``headwater run`` says: changes on standard output, everything else on standard error."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Mapping, Sequence

import click

from headwater.blocking import Store
from headwater.cli.durations import duration
from headwater.cli.invitation import line_to_type
from headwater.cli.progressline import ProgressLine
from headwater.cli.screens import bold, change_line, commit_words, counted, printable
from headwater.errors import SourceError
from headwater.sources.newest import newest_commit
from headwater.values import Change, Master, Pause, Watched

_BRANCHES = "refs/heads/"


class Watching:
    """
    Says what is watched and what happens to it; a listener of the runner.

    Args:
        store: the registry.
        named: the sources that the command line names; none: whatever is registered.
        pauses: of the sources that are paused.
    """

    def __init__(self, store: Store, named: Sequence[Watched], pauses: Mapping[int, Pause]) -> None:
        self._store = store
        self._named = named
        self._pauses = pauses
        self._progress = ProgressLine()
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, master: Master) -> None:
        """
        Say who watches what, and how to stop.
        """
        self.say(f"Master {master.name} on {self._store.database.limits.shown}.")
        for watched in self._named:
            where = printable(watched.settings.url)
            self.say(f"Watching {bold(watched.name)}: {where}, every {duration(watched.settings.poll)}")
            if pause := self._pauses.get(watched.id):
                why, resume = f"{pause.by}: {pause.why}", f"headwater resume {watched.name}"
                self.say(
                    f"{bold(watched.name)} is paused by {printable(why)}; nobody runs it until: {printable(resume)}"
                )
        if not self._named:
            self.say("Watching what is registered and can be run here.")
        self.say("Ctrl-C hands everything back and ends.")

    def end(self) -> None:
        """
        Say that nothing is held any more, and nothing after it.
        """
        for task in self._tasks:
            task.cancel()
        self.say("Everything is handed back.")

    def say(self, sentence: str) -> None:
        """
        Say something that is no change.
        """
        self._progress.clear()
        say(sentence)

    def recorded(self, change: Change) -> None:
        """
        Print a change.
        """
        self._progress.clear()
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
        cannot = click.style("cannot be looked at", fg="yellow")
        self.say(f"{bold(watched.name)} {cannot}: {printable(problem)}; trying on")

    def lost(self, watched: Watched, why: str) -> None:
        """
        Say that a source is not run here any more.
        """
        self.say(f"{bold(watched.name)} is not watched here any more: {why}")

    def progress(self, watched: Watched, text: str) -> None:
        """
        Say how far a poll has come that takes long.
        """
        self._progress.show(watched.name, text)

    async def _tell_newest(self, watched: Watched, refs: dict[str, str]) -> None:
        has = f"{bold(watched.name)} has {_counted(refs)}"
        if watched.settings.kind != "git" or watched.settings.host is None:
            self.say(f"{has}; push a commit to see a change" if watched.settings.kind == "git" else has)
            return
        newest = await newest_commit(watched.settings.url)
        self.say(f"{has}; the newest commit is {commit_words(newest) if newest else 'none'}")
        try:
            command = await line_to_type(watched.settings.url, newest)
        except SourceError:
            return
        if command is not None:
            self.say(f"To see a change, type elsewhere: {click.style(shlex.join(command), fg='green')}")


def say(sentence: str) -> None:
    """
    Say something that is no change.
    """
    click.echo(sentence, err=True)


def _counted(refs: dict[str, str]) -> str:
    if all(ref.startswith(_BRANCHES) for ref in refs):
        return counted(len(refs), "branch", "branches")
    return counted(len(refs), "ref")
