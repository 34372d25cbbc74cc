"""What ``headwater run`` says: changes on standard output, everything else on standard error."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Sequence

import click

from headwater.blocking import Store
from headwater.cli.invitation import line_to_type
from headwater.cli.liveness import is_silent
from headwater.cli.screens import change_line, commit_words, printable
from headwater.errors import DatabaseError, SourceError
from headwater.identity import host
from headwater.sources.newest import newest_commit
from headwater.values import Change, Master, Watched

_LOOK_EVERY = 5.0

_Told = tuple[int, int, bool]
"""A source and its holder, and whether that was silent."""


class Watching:
    """
    Says what is watched and what happens to it; a listener of the runner.

    Args:
        store: the registry.
        named: the sources that the command line names.
        command: how `headwater` is called for this database by somebody who has read what is said.
    """

    def __init__(self, store: Store, named: Sequence[Watched], *, command: Sequence[str]) -> None:
        self._store = store
        self._named = {watched.id: watched for watched in named}
        self._command = command
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, master: Master, poll: float) -> None:
        """
        Say who watches what, and how to stop.
        """
        _say(f"Master {master.name} on {self._store.database.limits.shown}; each source is polled every {poll:g} s.")
        for watched in self._named.values():
            _say(f"Watching {_bold(watched.name)}: {printable(watched.settings.url)}")
        _say("Ctrl-C hands everything back and ends.")

    def end(self) -> None:
        """
        Say that nothing is held any more, and nothing after it.
        """
        for task in self._tasks:
            task.cancel()
        _say("Everything is handed back.")

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
        _say(
            f"{_bold(watched.name)} {click.style('cannot be looked at', fg='yellow')}: {printable(problem)}; trying on"
        )

    def lost(self, watched: Watched) -> None:
        """
        Say that a claim has ended.
        """
        _say(f"{_bold(watched.name)} was released by somebody else; claiming it again if it stays free")

    async def tell_of_others(self, me: Master) -> None:
        """
        Name, once each, the masters that hold what is to be watched here, and how to free it if they seem to be dead.
        """
        told: set[_Told] = set()
        while True:
            try:
                told |= await asyncio.to_thread(self._tell_of_others, me, told)
            except DatabaseError as error:
                _say(f"cannot see who holds what: {error}")
            await asyncio.sleep(_LOOK_EVERY)

    async def _tell_newest(self, watched: Watched, refs: dict[str, str]) -> None:
        branches = "1 branch" if len(refs) == 1 else f"{len(refs)} branches"
        path = watched.settings.url
        if watched.settings.host is None:
            _say(f"{_bold(watched.name)} has {branches}; push a commit to see a change")
            return
        newest = await newest_commit(path)
        _say(f"{_bold(watched.name)} has {branches}; the newest commit is {commit_words(newest) if newest else 'none'}")
        try:
            command = await line_to_type(path, newest)
        except SourceError:
            return
        if command is not None:
            _say(f"To see a change, type elsewhere: {click.style(shlex.join(command), fg='green')}")

    def _tell_of_others(self, me: Master, told: set[_Told]) -> set[_Told]:
        held = [w for w in self._store.watched() if w.holder not in {None, me.id} and w.settings.host in {None, host()}]
        masters = {master.id: master for master in self._store.masters()} if held else {}
        seen = set()
        for watched in held:
            master = masters.get(watched.holder or 0)
            if master is None:
                continue
            news = (watched.id, master.id, is_silent(master))
            if news not in told:
                self._tell_of(watched, master)
            seen.add(news)
        return seen

    def _tell_of(self, watched: Watched, master: Master) -> None:
        if is_silent(master):
            _say(self._sentence_on_the_dead(watched, master))
        elif watched.id in self._named:
            _say(f"{_bold(watched.name)} is watched by master {printable(master.name)}; here, as soon as it is free")

    def _sentence_on_the_dead(self, watched: Watched, master: Master) -> str:
        silent = "" if master.silent_ms is None else f", silent for {master.silent_ms // 1000} s"
        command = click.style(shlex.join([*self._command, "release", watched.name]), fg="green")
        return (
            f"{_bold(watched.name)} is still claimed by master {printable(master.name)} "
            f"(process {master.pid} on {master.host}{silent}). If that is gone for good: {command}"
        )


def _bold(name: str) -> str:
    return click.style(printable(name), bold=True)


def _say(sentence: str) -> None:
    click.echo(sentence, err=True)
