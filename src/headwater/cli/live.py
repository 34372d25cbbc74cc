"""Go on showing how sources stand: a table that changes on a terminal, a line for each change elsewhere."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import click
import msgspec
from rich.console import Console
from rich.live import Live
from rich.text import Text

from headwater.cli.outlook import Scene, Shown, sentence, time_of_day
from headwater.cli.screens import printable
from headwater.cli.tables import Cell, age, table_of
from headwater.clock import boot_seconds
from headwater.errors import DatabaseError

_EVERY = 1.0
"""Seconds between two looks."""

_AT_MOST = 10
"""Of its time the database gives one part in so many to this."""

_HEAD = ["NAME", "STATE", "HOLDER", "SINCE", "BEFORE", "NEXT"]

Look = Callable[[], tuple[Scene, list[Shown]]]


def watch(look: Look, *, styles: dict[str, str], as_json: bool) -> None:
    """
    Show what each look shows, until Ctrl-C.
    """
    console = Console(highlight=False)
    try:
        if as_json:
            _tell(look, lambda _, shown: msgspec.json.encode(shown).decode())
        elif console.is_terminal:
            _paint(look, console, styles)
        else:
            _tell(look, _line)
    except KeyboardInterrupt:
        return


def _tell(look: Look, line: Callable[[Scene, Shown], str]) -> None:
    told: dict[int, str] = {}
    for scene, sources in _looks(look, lambda error: click.echo(f"headwater: {error}", err=True)):
        stands = {shown.id: sentence(shown) for shown in sources}
        for shown in sources:
            if told.get(shown.id) != stands[shown.id]:
                click.echo(line(scene, shown))
        for gone in told.keys() - stands.keys():
            click.echo(f"source {gone} is not among them any more", err=True)
        told = stands


def _line(scene: Scene, shown: Shown) -> str:
    return f"{time_of_day(scene.now)}  {printable(shown.name)}  {printable(sentence(shown))}"


def _paint(look: Look, console: Console, styles: dict[str, str]) -> None:
    with Live(Text("looking …"), console=console, auto_refresh=False) as live:
        for scene, sources in _looks(look, lambda error: live.update(Text(f"{error}; trying on"), refresh=True)):
            rows = [_row(shown, scene.now, styles) for shown in sources]
            live.update(table_of(_HEAD, rows), refresh=True)


def _row(shown: Shown, now: int, styles: dict[str, str]) -> list[Cell]:
    since = "" if shown.since is None else f"{age(now - shown.since)} ago"
    style = "red" if shown.state == "held" and shown.next else styles[shown.state]
    return [shown.name, (shown.state, style), shown.holder_name or "", since, shown.why or "", shown.next]


def _looks(look: Look, failed: Callable[[DatabaseError], object]) -> Iterator[tuple[Scene, list[Shown]]]:
    pause = threading.Event()
    while True:
        began = boot_seconds()
        try:
            yield look()
        except DatabaseError as error:
            failed(error)
        pause.wait(max(_EVERY, _AT_MOST * (boot_seconds() - began)))
