"""What ``headwater run`` says: changes on standard output, everything else on standard error."""

from __future__ import annotations

import asyncio
import os
import shlex
from collections.abc import Sequence

import click

from headwater.blocking import Store
from headwater.cli.screens import change_line, commit_words, printable
from headwater.errors import DatabaseError
from headwater.identity import host
from headwater.sources.newest import newest_commit
from headwater.values import Change, Master, Watched

_LOOK_EVERY = 5.0
_SILENT_FOR = 10_000
"""Milliseconds without a heartbeat after which a master is said to be silent."""


class Watching:
    """
    Says what is watched and what happens to it; a listener of the runner.
    """

    def __init__(self, store: Store, named: Sequence[Watched]) -> None:
        self._store = store
        self._named = {watched.id: watched for watched in named}
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
        Say that nothing is held any more.
        """
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

    async def tell_of_the_dead(self, me: Master) -> None:
        """
        Name, once each, the masters that hold sources of ours and seem to be dead.
        """
        told: set[tuple[int, int]] = set()
        while True:
            try:
                told |= await asyncio.to_thread(self._tell_of_the_dead, me, told)
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
        command = ["git", "-C", path, "commit", "--allow-empty", "-m", "hello headwater"]
        _say(f"To see a change, type elsewhere: {click.style(shlex.join(command), fg='green')}")

    def _tell_of_the_dead(self, me: Master, told: set[tuple[int, int]]) -> set[tuple[int, int]]:
        held = [w for w in self._store.watched() if w.holder not in {None, me.id} and w.settings.host in {None, host()}]
        masters = {master.id: master for master in self._store.masters()} if held else {}
        seen = set()
        for watched in held:
            master = masters.get(watched.holder or 0)
            if master is not None and (watched.id, master.id) not in told and is_silent(master):
                seen.add((watched.id, master.id))
                _say(_sentence(watched, master, self._store.database.limits.shown))
        return seen


def is_silent(master: Master) -> bool:
    """
    Tell whether a master seems to be dead: no heartbeat for a while, or no such process on this host any more.
    """
    if master.host == host() and master.pid is not None and not _is_running(master.pid):
        return True
    return master.silent_ms is not None and master.silent_ms > _SILENT_FOR


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _sentence(watched: Watched, master: Master, database: str) -> str:
    silent = "" if master.silent_ms is None else f", silent for {master.silent_ms // 1000} s"
    command = shlex.join(["headwater", "--database", database, "release", watched.name])
    return (
        f"{_bold(watched.name)} is still claimed by master {printable(master.name)} "
        f"(process {master.pid} on {master.host}{silent}). If that is gone for good: {click.style(command, fg='green')}"
    )


def _bold(name: str) -> str:
    return click.style(printable(name), bold=True)


def _say(sentence: str) -> None:
    click.echo(sentence, err=True)
