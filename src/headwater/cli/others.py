"""What ``headwater run`` says of other masters that hold what could be run here."""

from __future__ import annotations

import asyncio
import enum
import shlex
from collections.abc import Callable, Sequence

import click
from msgspec import Struct

from headwater.blocking import Store
from headwater.cli.liveness import is_silent
from headwater.cli.screens import bold, printable
from headwater.cli.times import time_of_day
from headwater.clock import boot_seconds, wall_milliseconds
from headwater.errors import DatabaseError
from headwater.identity import host
from headwater.values import Master, Watched

_LOOK_EVERY = 5.0

_NAMED_AT_MOST = 3
"""Sources that one sentence names."""

_OVERDUE = 3
"""Times the expiry after which a silent master should be gone, and is not."""


class _How(enum.Enum):
    THERE = "it proves that it lives"
    SILENT = "it will be given up"
    OVERDUE = "it should have been given up"


class _Told(Struct, frozen=True):
    source: int
    master: int
    how: _How


class Others:
    """
    Says, once each, whom this master waits for, and until when.

    Args:
        store: the registry.
        named: the ids of the sources that the command line names.
        command: how `headwater` is called for this database by somebody who has read what is said.
        expiry: seconds of silence after which a master is given up.
        say: takes a sentence.
    """

    def __init__(
        self,
        store: Store,
        named: frozenset[int],
        *,
        command: Sequence[str],
        expiry: float,
        say: Callable[[str], object],
    ) -> None:
        self._store = store
        self._named = named
        self._command = command
        self._expiry = expiry
        self._say = say
        self._began = boot_seconds()
        self._told: frozenset[_Told] = frozenset()

    async def tell(self, me: Callable[[], Master | None]) -> None:
        """
        Look every few seconds, until cancelled.
        """
        while True:
            try:
                if (master := me()) is not None:
                    await asyncio.to_thread(self._look, master)
            except DatabaseError as error:
                self._say(f"cannot see who holds what: {error}")
            await asyncio.sleep(_LOOK_EVERY)

    def _look(self, me: Master) -> None:
        held = [w for w in self._store.watched() if w.holder not in {None, me.id} and w.settings.host in {None, host()}]
        for master in self._store.masters() if held else ():
            how = self._how(master)
            theirs = {_Told(w.id, master.id, how): w for w in held if w.holder == master.id}
            news = [watched for told, watched in theirs.items() if told not in self._told]
            if news:
                self._tell_of(master, how, news)
            self._told |= theirs.keys()

    def _how(self, master: Master) -> _How:
        if not is_silent(master):
            return _How.THERE
        return _How.OVERDUE if self._watched_for(master) > _OVERDUE * self._expiry else _How.SILENT

    def _watched_for(self, master: Master) -> float:
        """
        Return for how many seconds this process can have seen a master silent.
        """
        return min((master.silent_ms or 0) / 1000, boot_seconds() - self._began)

    def _tell_of(self, master: Master, how: _How, held: list[Watched]) -> None:
        if how is _How.THERE:
            for watched in held:
                if watched.id in self._named:
                    name = bold(watched.name)
                    self._say(f"{name} is watched by master {printable(master.name)}; here, as soon as it is free")
            return
        silent = "" if master.silent_ms is None else f", silent for {master.silent_ms // 1000} s"
        holder = f"master {printable(master.name)} (process {master.pid} on {master.host}{silent})"
        self._say(f"{_names(held)} still held by {holder}; {self._what_follows(master, how, held)}")

    def _what_follows(self, master: Master, how: _How, held: list[Watched]) -> str:
        if how is _How.OVERDUE:
            command = shlex.join([*self._command, "release", *(watched.name for watched in held[:_NAMED_AT_MOST])])
            return f"it should have been given up by now; if it is gone for good: {click.style(command, fg='green')}"
        left = max(self._expiry - self._watched_for(master), 0)
        by = time_of_day(wall_milliseconds() + round(left * 1000))
        return f"if it stays silent, the others claim {'it' if len(held) == 1 else 'them'} at about {by}"


def _names(held: list[Watched]) -> str:
    names = [bold(watched.name) for watched in held]
    if len(names) == 1:
        return f"{names[0]} is"
    if len(names) <= _NAMED_AT_MOST:
        return f"{', '.join(names[:-1])} and {names[-1]} are"
    return f"{', '.join(names[:_NAMED_AT_MOST])} and {len(names) - _NAMED_AT_MOST} more are"
