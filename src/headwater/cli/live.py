"""Go on showing how sources stand: a table that changes on a terminal, a line for each change elsewhere."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import click
import msgspec
from msgspec import structs
from rich.console import Console
from rich.live import Live
from rich.text import Text

from headwater.cli.outlook import Scene, Shown, sentence
from headwater.cli.overview import table
from headwater.cli.screens import printable
from headwater.cli.tables import table_of
from headwater.cli.times import time_of_day
from headwater.clock import boot_seconds
from headwater.errors import DatabaseError

_EVERY = 1.0
"""Seconds between two looks."""

_AT_MOST = 10
"""Of its time the database gives one part in so many to this."""

Look = Callable[[], tuple[Scene, list[Shown]]]


def watch(look: Look, *, as_json: bool) -> None:
    """
    Show what each look shows, until Ctrl-C.
    """
    console = Console(highlight=False)
    try:
        if as_json:
            _tell(look, lambda _, shown: msgspec.json.encode(shown).decode())
        elif console.is_terminal:
            _paint(look, console)
        else:
            _tell(look, _line)
    except KeyboardInterrupt:
        return


def _tell(look: Look, line: Callable[[Scene, Shown], str]) -> None:
    told: dict[int, str] = {}
    for scene, sources in _looks(look, lambda error: click.echo(f"headwater: {error}", err=True)):
        # Since when is told anew with every report, and may be a blink earlier or later: that is no news.
        stands = {shown.id: sentence(structs.replace(shown, since=None)) for shown in sources}
        for shown in sources:
            if told.get(shown.id) != stands[shown.id]:
                click.echo(line(scene, shown))
        for gone in told.keys() - stands.keys():
            click.echo(f"source {gone} is not among them any more", err=True)
        told = stands


def _line(scene: Scene, shown: Shown) -> str:
    return f"{time_of_day(scene.now)}  {printable(shown.name)}  {printable(sentence(shown))}"


def _paint(look: Look, console: Console) -> None:
    # What stands in for stdout, if Live redirects it, does not tell that it is a terminal.
    with Live(Text("looking …"), console=console, auto_refresh=False, redirect_stdout=False) as live:
        for scene, sources in _looks(look, lambda error: live.update(Text(f"{error}; trying on"), refresh=True)):
            head, rows = table(scene, sources)
            befores = [shown.why or "" for shown in sources]
            rows = [[*row, before] for row, before in zip(rows, befores, strict=True)]
            live.update(table_of([*head, "BEFORE"], rows), refresh=True)


def _looks(look: Look, failed: Callable[[DatabaseError], object]) -> Iterator[tuple[Scene, list[Shown]]]:
    pause = threading.Event()
    while True:
        began = boot_seconds()
        try:
            yield look()
        except DatabaseError as error:
            failed(error)
        pause.wait(max(_EVERY, _AT_MOST * (boot_seconds() - began)))
