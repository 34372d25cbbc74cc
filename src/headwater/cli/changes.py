"""``headwater changes``: read the feed, go on reading it, run a command for each change."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Iterator

import click

from headwater.blocking import Store
from headwater.cli.screens import change_json, change_line
from headwater.errors import HeadwaterError
from headwater.store import recording
from headwater.values import Change

_PAGE = 100
_LOOK_EVERY = 0.5

_FORMATS: dict[str, Callable[[Change], str]] = {"table": change_line, "json": change_json}


class CommandFailedError(HeadwaterError):
    """
    The command that was run for a change did not end with 0.
    """

    def __init__(self, command: str, number: int, status: int) -> None:
        super().__init__(command, number, status)
        self.command = command
        self.number = number
        self.status = status

    def __str__(self) -> str:
        ended = f"was ended by signal {-self.status}" if self.status < 0 else f"ended with {self.status}"
        return f"{self.command!r} {ended} for change {self.number}; the next start runs it for that one again"


class FollowedElsewhereError(HeadwaterError):
    """
    Two readers follow the feed under one name.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return f"somebody else follows the changes as {self.name!r} too: each follower needs a name of its own"


@click.command()
@click.option("--after", type=click.IntRange(min=0), default=0, metavar="N", help="Only changes after this number.")
@click.option("--follow", is_flag=True, help="Go on with new changes until Ctrl-C.")
@click.option("--exec", "command", metavar="CMD", help="Run this for each change, its JSON on standard input.")
@click.option("--as", "name", metavar="NAME", help="Remember under this name the last change that CMD was done with.")
@click.option("--format", "format_", type=click.Choice(list(_FORMATS)), default="table", show_default=True)
@click.pass_obj
def changes(  # noqa: PLR0913, PLR0917 - one argument for each option
    database: str,
    after: int,
    follow: bool,  # noqa: FBT001 - click passes flags so
    command: str | None,
    name: str | None,
    format_: str,
) -> None:
    """
    Show the changes in the order in which they were recorded; as JSON, one object a line.

    With --exec a command is run for each; the first that does not end with 0 ends it all, and the next start under
    the same name begins with that change again.
    """
    if (command is None) != (name is None):
        raise click.UsageError("--exec and --as belong together: what was done is remembered under a name")
    with Store(database) as store:
        try:
            if command is not None and name is not None:
                _run_for_each(store, command, name, after, follow=follow)
            else:
                for change in _feed(store, after, follow=follow):
                    click.echo(_FORMATS[format_](change))
        except KeyboardInterrupt:
            return


def _feed(store: Store, after: int, *, follow: bool) -> Iterator[Change]:
    pause = threading.Event()
    while True:
        page = store.changes(after=after, most=_PAGE)
        yield from page
        if page:
            after = page[-1].number
        elif not follow:
            return
        else:
            pause.wait(_LOOK_EVERY)


def _run_for_each(store: Store, command: str, name: str, after: int, *, follow: bool) -> None:
    limits = store.database.limits
    done = store.ask(recording.followed(limits, name))
    for change in _feed(store, max(done, after), follow=follow):
        ended = subprocess.run(command, shell=True, input=change_json(change).encode(), check=False)  # noqa: S602 - the user's own
        if ended.returncode:
            raise CommandFailedError(command, change.number, ended.returncode)
        if not store.ask(recording.done(limits, name, before=done, number=change.number)):
            raise FollowedElsewhereError(name)
        done = change.number
