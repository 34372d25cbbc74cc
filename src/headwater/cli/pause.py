"""``headwater pause`` and ``headwater resume``: keep sources from being run for a while."""

from __future__ import annotations

import getpass
from collections.abc import Iterable

import click
from msgspec import Struct

from headwater.blocking import Store
from headwater.cli.durations import SECONDS
from headwater.cli.formats import format_option, show_json
from headwater.cli.naming import holder_of, sources_called
from headwater.cli.screens import bold, printable
from headwater.cli.times import moment
from headwater.errors import NotWatchedError
from headwater.identity import host
from headwater.values import Pause


class Paused(Struct, kw_only=True):
    """
    A source and its pause, as programs get it.
    """

    id: int
    name: str
    pause: Pause | None
    holder_name: str | None = None
    """Who was running it."""


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME…")
@click.option("--why", required=True, metavar="TEXT", help="Why, for those who will ask.")
@click.option("--for", "seconds", type=SECONDS, help="For so long; by default until it is resumed.")
@format_option
@click.pass_obj
def pause(database: str, names: tuple[str, ...], why: str, seconds: float | None, format_: str) -> None:
    """
    Have sources run by nobody, until they are resumed or the time is over.

    Nothing is lost: what happens meanwhile is told afterwards.
    """
    with Store(database) as store:
        ids = sources_called(store, dict.fromkeys(names))
        _refuse_the_nameless(store, ids.values())
        holders = {name: holder_of(store, id_) for name, id_ in ids.items()}
        store.pause(ids.values(), why=why, by=f"{getpass.getuser()}@{host()}", seconds=seconds)
        pauses = store.pauses()
    found = [Paused(id=id_, name=name, pause=pauses.get(id_), holder_name=holders[name]) for name, id_ in ids.items()]
    if format_ == "json":
        show_json(found)
    for one in found if format_ == "table" else ():
        click.echo(_paused(one))


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME…")
@format_option
@click.pass_obj
def resume(database: str, names: tuple[str, ...], format_: str) -> None:
    """
    Let paused sources be run again.
    """
    with Store(database) as store:
        ids = sources_called(store, dict.fromkeys(names))
        _refuse_the_nameless(store, ids.values())
        pauses = store.pauses()
        store.resume(ids.values())
    found = [Paused(id=id_, name=name, pause=pauses.get(id_)) for name, id_ in ids.items()]
    if format_ == "json":
        show_json(found)
    for one in found if format_ == "table" else ():
        was = "was not paused" if one.pause is None else "is resumed: whoever can run it claims it within seconds"
        click.echo(f"{bold(one.name)} {was}")


def _refuse_the_nameless(store: Store, ids: Iterable[int]) -> None:
    for id_ in ids:
        if store.brief(id_) is None:
            raise NotWatchedError(id_)


def _paused(paused: Paused) -> str:
    stops = "" if paused.holder_name is None else f"; {paused.holder_name} stops running it within seconds"
    return f"{bold(paused.name)} is paused {_until(paused)}{stops}"


def _until(paused: Paused) -> str:
    if paused.pause is None or paused.pause.until is None:
        return f"until: headwater resume {printable(paused.name)}"
    return f"until {moment(paused.pause.until, now=paused.pause.since)}"
