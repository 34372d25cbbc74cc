"""``headwater sources``: who holds what, and since when."""

from __future__ import annotations

from typing import Literal

import click
from msgspec import Struct

from headwater.blocking import Store
from headwater.cli.formats import format_option, show_json
from headwater.cli.naming import master_called
from headwater.cli.tables import Cell, age, show_table
from headwater.store import questions
from headwater.values import Standing

State = Literal["held", "left", "free"]

_STYLES = {"held": "green", "left": "red", "free": "yellow"}


class Shown(Struct, kw_only=True):
    """
    A source as programs get it.
    """

    id: int
    name: str
    state: State
    holder: int | None
    holder_name: str | None
    since: int | None


@click.command()
@click.option("--master", "typed", metavar="MASTER", help="Only what this one holds: its name, a beginning, or its id.")
@format_option
@click.pass_obj
def sources(database: str, typed: str | None, format_: str) -> None:
    """
    List the sources: free, held by an active master, or left by one that is not.
    """
    with Store(database) as store:
        standings = store.ask(questions.standings())
        now = store.ask(questions.pulse()).now
        if typed is not None:
            holder = master_called(store.masters(), typed).id
            standings = [standing for standing in standings if standing.holder == holder]
    if format_ == "json":
        show_json([_shown(standing) for standing in standings])
    else:
        show_table(["NAME", "STATE", "HOLDER", "SINCE"], [_row(standing, now) for standing in standings])


def state_of(standing: Standing) -> State:
    """
    Tell how a source stands, in one word.
    """
    if standing.holder is None:
        return "free"
    return "held" if standing.holder_is_active else "left"


def _shown(standing: Standing) -> Shown:
    return Shown(
        id=standing.id,
        name=standing.name,
        state=state_of(standing),
        holder=standing.holder,
        holder_name=standing.holder_name,
        since=standing.since,
    )


def _row(standing: Standing, now: int) -> list[Cell]:
    state = state_of(standing)
    since = "" if standing.since is None else f"{age(now - standing.since)} ago"
    return [standing.name, (state, _STYLES[state]), standing.holder_name or "", since]
