"""Tables on the screen: aligned and coloured on a terminal, plain columns elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from headwater.cli.screens import printable

Cell = str | tuple[str, str]
"""A text, or a text and its style."""

_WIDE = 100_000
"""Columns of an output that is no terminal: nothing is cut for a program."""


def show_table(head: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
    """
    Print rows under a head, each column as wide as its widest cell.
    """
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = _WIDE
    with console.capture() as captured:
        console.print(table_of(head, rows), soft_wrap=True)
    click.echo("\n".join(line.rstrip() for line in captured.get().splitlines()))


def table_of(head: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Table:
    """
    Return rows under a head, as rich prints them.
    """
    table = Table(*head, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*(_text(cell) for cell in row))
    return table


def _text(cell: Cell) -> Text:
    text, style = (cell, "") if isinstance(cell, str) else cell
    return Text(printable(text), style=style)
