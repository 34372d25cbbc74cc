"""``headwater release``: free sources whose holder is gone, or, if told so, from one that is there."""

from __future__ import annotations

import click

from headwater.blocking import Store
from headwater.cli.liveness import is_silent
from headwater.cli.naming import source_called
from headwater.errors import HeadwaterError
from headwater.store import questions
from headwater.store.schema import Kind
from headwater.values import Master, Standing


class HolderIsActiveError(HeadwaterError):
    """
    The claim that was to be ended is of a master that seems to live.
    """

    def __init__(self, source: str, holder: str, follows: str) -> None:
        super().__init__(source, holder, follows)
        self.source = source
        self.holder = holder
        self.follows = follows

    def __str__(self) -> str:
        return f"{self.source} is held by {self.holder}, which is active; with --force {self.follows}"


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME…")
@click.option("--force", is_flag=True, help="Even if the holder is active.")
@click.pass_obj
def release(database: str, names: tuple[str, ...], force: bool) -> None:  # noqa: FBT001 - click passes flags so
    """
    End the claims of sources whose holder is gone, so that other masters take them.

    A holder is taken for gone if its process on this machine has ended, or nothing was heard of it for 10 s, whatever
    expiry the masters run with. Of an active holder only with --force. Nothing is lost: the next holder goes on where
    the last one had come to.
    """
    with Store(database) as store:
        ids = {source_called(store, name): name for name in names}
        standings = [standing for standing in store.ask(questions.standings()) if standing.id in ids]
        if not force:
            _refuse_the_living(store, standings)
        held = store.force_release(ids)
    for standing in standings:
        click.echo(_sentence(standing, was_held=standing.id in held))


def _refuse_the_living(store: Store, standings: list[Standing]) -> None:
    for standing in standings:
        holder = store.master(standing.holder) if standing.holder is not None else None
        if holder is not None and holder.active and not is_silent(holder):
            raise HolderIsActiveError(standing.name, holder.name, _what_follows(store, standing, holder))


def _what_follows(store: Store, standing: Standing, holder: Master) -> str:
    if store.database.limits.kind is Kind.BUILDBOT:
        notices = "may notice only after a minute" if holder.silent_ms is not None else "will not notice"
        return f"{holder.name} {notices} and go on, beside the next holder: stop it first"
    notices = f"{holder.name} notices at its next heartbeat, what it is writing is refused"
    return f"{notices}, and whoever is first claims {standing.name} anew"


def _sentence(standing: Standing, *, was_held: bool) -> str:
    if not was_held:
        return f"{standing.name} was free already"
    return f"{standing.name} is free; it was held by {standing.holder_name or f'master {standing.holder}'}"
