"""Show the figures on a terminal, and how far the run is on standard error."""

from __future__ import annotations

from rich import box
from rich.console import Console
from rich.table import Table

from bench.figures import HEADINGS, rows
from bench.results import DatabaseResults, Report

_PLAIN_WIDTH = 140

_LEFT = {"case", "by"}


def show(report: Report) -> None:
    """
    Print a table for each database: aligned and coloured on a terminal, plain elsewhere.
    """
    console = Console()
    if not console.is_terminal:
        console = Console(width=_PLAIN_WIDTH)
    for database in report.databases:
        console.print(_table(database, is_terminal=console.is_terminal))


def _table(database: DatabaseResults, *, is_terminal: bool) -> Table:
    settings = ", ".join(f"{name} {value}" for name, value in database.settings.items())
    table = Table(
        title=f"{database.version} ({settings})",
        title_justify="left",
        caption=f"load {database.load_before} before, {database.load_after} after",
        caption_justify="left",
        box=box.SQUARE if is_terminal else None,
    )
    for heading in HEADINGS:
        table.add_column(heading, justify="left" if heading in _LEFT else "right", no_wrap=True)
    for row in rows(database):
        table.add_row(*row.cells, end_section=row.ends_a_group)
    return table
