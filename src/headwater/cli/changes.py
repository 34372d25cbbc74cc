"""``headwater changes``: read the feed, and go on reading it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import click

from headwater.blocking import Store
from headwater.cli.screens import change_json, change_line
from headwater.values import Change

_PAGE = 100
_LOOK_EVERY = 0.5

_FORMATS: dict[str, Callable[[Change], str]] = {"table": change_line, "json": change_json}


@click.command()
@click.option("--after", type=click.IntRange(min=0), default=0, metavar="N", help="Only changes after this number.")
@click.option("--follow", is_flag=True, help="Go on with new changes until Ctrl-C.")
@click.option("--format", "format_", type=click.Choice(list(_FORMATS)), default="table", show_default=True)
@click.pass_obj
def changes(database: str, after: int, follow: bool, format_: str) -> None:  # noqa: FBT001 - click passes flags so
    """
    Show the changes in the order in which they were recorded; as JSON, one object a line.
    """
    with Store(database) as store:
        try:
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
