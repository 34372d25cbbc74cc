"""What ``headwater run`` says of other masters that hold what could be run here."""

from __future__ import annotations

import asyncio
import enum
import shlex
from collections.abc import Callable, Sequence

import click

from headwater.blocking import Store
from headwater.cli.liveness import is_silent
from headwater.cli.screens import bold, printable
from headwater.cli.times import time_of_day
from headwater.clock import boot_seconds, wall_milliseconds
from headwater.errors import DatabaseError
from headwater.identity import host
from headwater.store import clustering
from headwater.values import Master, Source

_LOOK_EVERY = 5.0

_NAMED_AT_MOST = 3
"""Sources that one sentence names."""

_OVERDUE = 3
"""Times the expiry after which a silent master should be gone, and is not."""


class _How(enum.Enum):
    THERE = "it proves that it lives"
    SILENT = "it will be given up"
    OVERDUE = "it should have been given up"


_MANY = 1000
"""As many as one question answers with."""


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
        self._told_there: frozenset[tuple[int, int | None]] = frozenset()
        self._told_silent: frozenset[tuple[int, _How]] = frozenset()

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
        # Only what is named, and what silent masters hold, once: a million sources are not read every few seconds.
        others = [master for master in self._store.masters() if master.active and master.id != me.id]
        hows = {master.id: self._how(master) for master in others}
        self._tell_of_the_named([master for master in others if hows[master.id] is _How.THERE])
        silent = frozenset((id_, how) for id_, how in hows.items() if how is not _How.THERE)
        for master in others:
            if (master.id, hows[master.id]) in silent - self._told_silent:
                self._tell_of_the_silent(master, hows[master.id])
        self._told_silent = silent

    def _tell_of_the_named(self, there: list[Master]) -> None:
        if not self._named or not there:
            return
        names = {master.id: master.name for master in there}
        limits = self._store.database.limits
        held = self._store.ask(clustering.held_among(limits, self._named, host=host()))
        for source in held:
            if source.holder in names and (source.id, source.holder) not in self._told_there:
                holder = printable(names[source.holder])
                self._say(f"{bold(source.name)} is watched by master {holder}; here, as soon as it is free")
                self._told_there |= {(source.id, source.holder)}

    def _how(self, master: Master) -> _How:
        if not is_silent(master):
            return _How.THERE
        return _How.OVERDUE if self._watched_for(master) > _OVERDUE * self._expiry else _How.SILENT

    def _watched_for(self, master: Master) -> float:
        """
        Return for how many seconds this process can have seen a master silent.
        """
        return min((master.silent_ms or 0) / 1000, boot_seconds() - self._began)

    def _tell_of_the_silent(self, master: Master, how: _How) -> None:
        some = self._store.ask(clustering.some_held_by(self._store.database.limits, master, host=host()))
        held = sorted(some, key=lambda source: source.name)
        if not held:
            return
        silent = "" if master.silent_ms is None else f", silent for {master.silent_ms // 1000} s"
        holder = f"master {printable(master.name)} (process {master.pid} on {master.host}{silent})"
        self._say(f"{_names(held)} still held by {holder}; {self._what_follows(master, how, held)}")

    def _what_follows(self, master: Master, how: _How, held: list[Source]) -> str:
        if how is _How.OVERDUE:
            command = shlex.join([*self._command, "release", *(source.name for source in held[:_NAMED_AT_MOST])])
            return f"it should have been given up by now; if it is gone for good: {click.style(command, fg='green')}"
        left = max(self._expiry - self._watched_for(master), 0)
        by = time_of_day(wall_milliseconds() + round(left * 1000))
        return f"if it stays silent, the others claim {'it' if len(held) == 1 else 'them'} at about {by}"


def _names(held: list[Source]) -> str:
    names = [bold(source.name) for source in held]
    if len(names) == 1:
        return f"{names[0]} is"
    if len(names) <= _NAMED_AT_MOST:
        return f"{', '.join(names[:-1])} and {names[-1]} are"
    at_least = "at least " if len(names) == _MANY else ""
    return f"{', '.join(names[:_NAMED_AT_MOST])} and {at_least}{len(names) - _NAMED_AT_MOST} more are"
