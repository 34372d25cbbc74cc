"""``headwater rm``: remove sources; what they have told stays in the feed."""

from __future__ import annotations

from collections.abc import Sequence

import click
from msgspec import Struct

from headwater.blocking import Store
from headwater.cli.asking import confirm, yes_option
from headwater.cli.durations import duration
from headwater.cli.formats import format_option, show_json
from headwater.cli.naming import holder_of, sources_called
from headwater.cli.screens import bold, printable


class Removed(Struct, kw_only=True):
    """
    What was removed, as programs get it.
    """

    id: int
    name: str
    holder_name: str | None
    keep: float | None
    """Seconds for which its changes stay."""


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME…")
@yes_option
@format_option
@click.pass_obj
def rm(database: str, names: tuple[str, ...], yes: bool, format_: str) -> None:  # noqa: FBT001 - click passes flags so
    """
    Remove sources: their settings and their positions; their names are free again.

    Their changes, and the history of their claims, are kept as long as they would have been.
    """
    with Store(database) as store:
        ids = sources_called(store, dict.fromkeys(names))
        removed = [_removed(store, id_, name) for name, id_ in ids.items()]
        question = f"Remove {', '.join(printable(name) for name in ids)}, and forget what was seen there?"
        if not confirm(question, yes=yes):
            return
        store.edit(remove=ids.values())
    if format_ == "json":
        show_json(removed)
    for line in _lines(removed) if format_ == "table" else ():
        click.echo(line)


def _removed(store: Store, id_: int, name: str) -> Removed:
    brief = store.brief(id_)
    return Removed(
        id=id_,
        name=name,
        holder_name=holder_of(store, id_),
        keep=None if brief is None else brief.settings.keep,
    )


def _lines(removed: Sequence[Removed]) -> list[str]:
    return [f"{bold(one.name)} is removed{_stopping(one)}{_staying(one)}" for one in removed]


def _stopping(removed: Removed) -> str:
    return "" if removed.holder_name is None else f"; {removed.holder_name} stops running it within seconds"


def _staying(removed: Removed) -> str:
    return "" if removed.keep is None else f"; its changes stay in the feed for {duration(removed.keep)}"
