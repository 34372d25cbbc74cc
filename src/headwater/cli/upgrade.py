"""``headwater upgrade``: bring the tables to the version that this Headwater works with."""

from __future__ import annotations

import contextlib

import click

from headwater.store.engine import parse, shown, watchdog_for
from headwater.store.setup import opened
from headwater.store.setup import upgrade as upgrade_tables


@click.command()
@click.pass_obj
def upgrade(database: str) -> None:
    """
    Bring Headwater's own tables to the newest version; Buildbot's are never touched.
    """
    url = parse(database)
    with watchdog_for(url) or contextlib.nullcontext() as watchdog:
        _, _, (before, after) = opened(url, watchdog, upgrade_tables)
    if before == after:
        click.echo(f"{shown(url)} is up to date: version {after}")
    else:
        click.echo(f"{shown(url)} was upgraded from version {before} to {after}")
