"""``headwater set``: change the settings of a source, its name too; what it has seen stays."""

from __future__ import annotations

from pathlib import Path

import click
from msgspec import Struct

from headwater.blocking import Store
from headwater.cli.differences import NAME, Difference, difference_line, differences
from headwater.cli.formats import format_option, show_json
from headwater.cli.naming import brief_of
from headwater.cli.screens import bold
from headwater.cli.settingkeys import given_as_words
from headwater.cli.settings import altered_settings, checked_name
from headwater.values import Settings


class Shown(Struct, kw_only=True):
    """
    What was changed, as programs get it.
    """

    id: int
    name: str
    settings: Settings
    differences: tuple[Difference, ...]


@click.command("set")
@click.argument("name", metavar="NAME")
@click.argument("pairs", nargs=-1, required=True, metavar="KEY=VALUE…")
@format_option
@click.pass_obj
def set_(database: str, name: str, pairs: tuple[str, ...], format_: str) -> None:
    """
    Change the settings of a source; its id, position and history stay.

    Whoever runs it goes by the new ones from its next poll on.
    """
    names = [pair.partition("=")[2] for pair in pairs if pair.startswith(f"{NAME}=")]
    given = given_as_words(pair for pair in pairs if not pair.startswith(f"{NAME}="))
    with Store(database) as store:
        id_, brief = brief_of(store, name)
        settings = altered_settings(brief.settings, given, folder=Path.cwd())
        new_name = checked_name(names[-1]) if names else name
        changed = differences(brief.settings, settings)
        if new_name != name:
            changed = (Difference(key=NAME, before=name, after=new_name), *changed)
        if changed:
            store.edit(change={id_: (new_name, settings)})
    if format_ == "json":
        show_json(Shown(id=id_, name=new_name, settings=settings, differences=changed))
    for line in _lines(name, changed) if format_ == "table" else ():
        click.echo(line)


def _lines(name: str, changed: tuple[Difference, ...]) -> list[str]:
    return [f"{bold(name)}: {difference_line(one)}" for one in changed] or [f"{bold(name)} is so already"]
