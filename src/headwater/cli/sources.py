"""``headwater sources``: who holds what, since when, and what happens next."""

from __future__ import annotations

import click

from headwater.blocking import Store
from headwater.cli.formats import format_option, show_json
from headwater.cli.live import watch
from headwater.cli.naming import master_called
from headwater.cli.outlook import Scene, Shown, look
from headwater.cli.tables import Cell, age, show_table

_STYLES = {"held": "green", "left": "red", "free": "yellow"}


@click.command()
@click.option("--master", "typed", metavar="MASTER", help="Only what this one holds: its name, a beginning, or its id.")
@click.option("--watch", "goes_on", is_flag=True, help="Go on, and show what changes and why, until Ctrl-C.")
@format_option
@click.pass_obj
def sources(database: str, typed: str | None, goes_on: bool, format_: str) -> None:  # noqa: FBT001 - click passes flags so
    """
    List the sources: free, held by an active master, or left by one that is not.
    """
    with Store(database) as store:
        if goes_on:
            watch(lambda: _look(store, typed), styles=_STYLES, as_json=format_ == "json")
            return
        scene, shown = _look(store, typed)
    if format_ == "json":
        show_json(shown)
    else:
        show_table(["NAME", "STATE", "HOLDER", "SINCE"], [_row(source, scene.now) for source in shown])


def _look(store: Store, typed: str | None) -> tuple[Scene, list[Shown]]:
    scene = look(store)
    holder = None if typed is None else master_called(list(scene.masters.values()), typed).id
    return scene, [scene.shown(one) for one in scene.standings if holder is None or one.holder == holder]


def _row(source: Shown, now: int) -> list[Cell]:
    since = "" if source.since is None else f"{age(now - source.since)} ago"
    return [source.name, (source.state, _STYLES[source.state]), source.holder_name or "", since]
