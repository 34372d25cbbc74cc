"""``headwater add``: register a source, after a look whether it can be seen from here."""

from __future__ import annotations

from pathlib import Path

import click
from msgspec import Struct

from headwater.blocking import Store
from headwater.cli.configuration import Configuration, config_option, configuration_in
from headwater.cli.durations import SECONDS
from headwater.cli.formats import format_option, show_json
from headwater.cli.looking import seen
from headwater.cli.repositories import short_name
from headwater.cli.screens import bold, counted
from headwater.cli.settingkeys import Value, given_as_words
from headwater.cli.settings import checked_name, new_settings
from headwater.errors import HeadwaterError, SourceError
from headwater.values import Settings


class NotSeenError(HeadwaterError):
    """
    What was to be added cannot be seen from here.
    """

    def __init__(self, error: SourceError) -> None:
        super().__init__(error)
        self.error = error

    def __str__(self) -> str:
        return f"{self.error}; nothing was registered, with --no-test it is"


class Shown(Struct, kw_only=True):
    """
    What was added, as programs get it.
    """

    id: int
    name: str
    settings: Settings
    refs: int | None
    """How many refs of it are watched; None if nobody has looked."""


@click.command()
@click.argument("url", metavar="PATH-OR-URL")
@click.option("--name", metavar="NAME", help="What it is called; by default the last part of its path or URL.")
@click.option("--ref", "refs", multiple=True, metavar="GLOB", help="Only these refs; by default all branches.")
@click.option("--exclude", multiple=True, metavar="GLOB", help="But not these.")
@click.option("--tags", is_flag=True, help="Tags as well.")
@click.option("--first-parent", is_flag=True, help="Of a merge, only the merge and not what it brought.")
@click.option("--poll", type=SECONDS, default="60s", show_default=True, help="How often it is looked at.")
@click.option("--credential", metavar="NAME", help="Under this name each host's configuration says how to log in.")
@click.option("--keep", type=SECONDS, default="90d", show_default=True, help="How long its changes are kept.")
@click.option("--kind", default="git", show_default=True, help="What it is: git, or what a package brings.")
@click.option("--option", "options", multiple=True, metavar="KEY=VALUE", help="What its kind wants to know.")
@click.option("--host", metavar="NAME", help="On which host the path is; by default on this one.")
@click.option("--no-test", is_flag=True, help="Do not look at it first.")
@config_option
@format_option
@click.pass_obj
def add(  # noqa: PLR0913 - click passes each option by its name
    database: str,
    /,
    *,
    name: str | None,
    options: tuple[str, ...],
    no_test: bool,
    config: Path | None,
    format_: str,
    **given: Value,
) -> None:
    """
    Register a source, after a look whether it can be seen from here.

    Masters that can run it begin within seconds.
    """
    more = given_as_words(f"options.{option}" for option in options)
    settings = new_settings({key: value for key, value in {**given, **more}.items() if value}, folder=Path.cwd())
    name = checked_name(short_name(settings) if name is None else name)
    refs = None if no_test else _tested(name, settings, configuration_in(config))
    with Store(database) as store:
        id_ = store.edit(add={name: settings})[name]
    if format_ == "json":
        show_json(Shown(id=id_, name=name, settings=settings, refs=refs))
    else:
        click.echo(f"{bold(name)} is registered as source {id_}{_watched(refs)}")


def _tested(name: str, settings: Settings, configuration: Configuration) -> int:
    try:
        return len(seen(name, settings, configuration))
    except SourceError as error:
        raise NotSeenError(error) from error


def _watched(refs: int | None) -> str:
    if refs is None:
        return ""
    if refs == 0:
        return "; nothing is watched yet, for no ref fits"
    return f"; {counted(refs, 'ref')} {'is' if refs == 1 else 'are'} watched"
