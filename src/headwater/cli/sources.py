"""``headwater sources``: how each fares, who holds it, and what happens next."""

from __future__ import annotations

import click

from headwater.blocking import Store
from headwater.cli.formats import format_option, show_json
from headwater.cli.live import watch
from headwater.cli.looks import STATES
from headwater.cli.naming import master_called
from headwater.cli.outlook import Scene, Shown, look
from headwater.cli.overview import table
from headwater.cli.tables import show_table


@click.command()
@click.option("--master", "typed", metavar="MASTER", help="Only what this one holds: its name, a beginning, or its id.")
@click.option("--state", "states", type=click.Choice(STATES), multiple=True, help="Only those in this state, or these.")
@click.option("--watch", "goes_on", is_flag=True, help="Go on, and show what changes and why, until Ctrl-C.")
@format_option
@click.pass_obj
def sources(
    database: str,
    typed: str | None,
    states: tuple[str, ...],
    goes_on: bool,  # noqa: FBT001 - click passes flags so
    format_: str,
) -> None:
    """
    List the sources: ok, checking, failing, broken, stale, paused or unclaimed.

    A failing one is tried again by itself, a broken one needs a human, a stale one had no success for long. Of
    Buildbot's database it is the claim's state: held, left by a master that is inactive, or free.
    """
    with Store(database) as store:
        if goes_on:
            watch(lambda: _look(store, typed, states), as_json=format_ == "json")
            return
        scene, shown = _look(store, typed, states)
    if format_ == "json":
        show_json(shown)
    else:
        show_table(*table(scene, shown))


def _look(store: Store, typed: str | None, states: tuple[str, ...]) -> tuple[Scene, list[Shown]]:
    scene = look(store)
    holder = None if typed is None else master_called(list(scene.masters.values()), typed).id
    shown = [scene.shown(one) for one in scene.standings if holder is None or one.holder == holder]
    return scene, [one for one in shown if not states or one.state in states]
