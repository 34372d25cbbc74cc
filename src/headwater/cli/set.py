"""``headwater set``: change the settings of a source, its name too; what it has seen stays."""

from __future__ import annotations

import contextlib
from pathlib import Path

import click
from msgspec import Struct

from headwater.blocking import Store
from headwater.cli.differences import NAME, Difference, difference_line, differences
from headwater.cli.formats import format_option, show_json
from headwater.cli.naming import source_called
from headwater.cli.screens import bold
from headwater.cli.settingkeys import Given, given_as_words
from headwater.cli.settings import altered_settings, checked_name
from headwater.errors import EditedMeanwhileError, NotWatchedError
from headwater.values import Settings

_TRIES = 20
"""How often somebody else may edit the source between the look at it and the edit."""


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
        done = _altered(store, source_called(store, name), checked_name(names[-1]) if names else None, given)
    if format_ == "json":
        show_json(done)
    for line in _lines(name, done.differences) if format_ == "table" else ():
        click.echo(line)


def _altered(store: Store, id_: int, name: str | None, given: Given) -> Shown:
    """
    Change what is given and nothing else, whatever others change of the source at the same time.
    """
    for _ in range(_TRIES - 1):
        with contextlib.suppress(EditedMeanwhileError):
            return _altered_once(store, id_, name, given)
    return _altered_once(store, id_, name, given)


def _altered_once(store: Store, id_: int, name: str | None, given: Given) -> Shown:
    brief = store.brief(id_)
    if brief is None:
        raise NotWatchedError(id_)
    settings = altered_settings(brief.settings, given, folder=Path.cwd())
    new_name = brief.name if name is None else name
    changed = differences(brief.settings, settings)
    if new_name != brief.name:
        changed = (Difference(key=NAME, before=brief.name, after=new_name), *changed)
    if changed:
        store.edit(change={id_: (new_name, settings)}, seen={id_: (brief.name, brief.settings)})
    return Shown(id=id_, name=new_name, settings=settings, differences=changed)


def _lines(name: str, changed: tuple[Difference, ...]) -> list[str]:
    return [f"{bold(name)}: {difference_line(one)}" for one in changed] or [f"{bold(name)} is so already"]
