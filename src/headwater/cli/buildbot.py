"""``headwater buildbot``: what is done once for Headwater inside Buildbot."""

from __future__ import annotations

import click

from headwater.store import leasing


@click.group()
def buildbot() -> None:
    """
    Prepare Buildbot's own database for Headwater's plugin.
    """


@buildbot.command()
@click.pass_obj
def install(database: str) -> None:
    """
    Make three tables, so that masters with the plugin take over from each other in seconds, and note what they do.

    Nothing else in Buildbot's database is changed, and nothing is lost if the tables are dropped.
    """
    is_new = leasing.install(database)
    click.echo("the tables are made: masters find them within a minute" if is_new else "the tables are there already")
