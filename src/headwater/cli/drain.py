"""``headwater drain``: have a master hold nothing, before its host is worked on."""

from __future__ import annotations

import click

from headwater.blocking import Store
from headwater.cli.naming import given_name_called
from headwater.errors import WrongKindError
from headwater.store import clustering, questions
from headwater.store.schema import Kind
from headwater.values import Master


@click.command()
@click.argument("master", metavar="MASTER")
@click.option("--undo", is_flag=True, help="Let it have its share again.")
@click.pass_obj
def drain(database: str, master: str, undo: bool) -> None:  # noqa: FBT001 - click passes flags so
    """
    Have all masters of a given name hand over what they hold, and claim nothing.

    MASTER is a given name, a beginning that only it has, or a master's id. It belongs to the given name: a restart
    changes nothing about it.
    """
    with Store(database) as store:
        limits = store.database.limits
        if limits.kind is Kind.BUILDBOT:
            raise WrongKindError(limits.shown, "is Buildbot's database: its masters cannot be drained, stop them")
        masters = store.masters()
        drains = store.ask(questions.attendance()).drains
        name = given_name_called(masters, drains, master)
        store.ask(clustering.drain(limits, name, is_draining=not undo))
        held = _held(store, [master.id for master in masters if master.active and master.given_name == name])
        others = [master for master in masters if master.active and master.given_name not in {name, *drains}]
    click.echo(_undone(name, was=name in drains) if undo else _sentence(name, held, others, was=name in drains))


def _held(store: Store, masters: list[int]) -> int:
    return sum(standing.holder in masters for standing in store.ask(questions.standings()))


def _sentence(name: str, held: int, others: list[Master], *, was: bool) -> str:
    drains = "drains already" if was else "claims nothing from now on"
    hands = f"hands over {held} source{'' if held == 1 else 's'}" if held else "holds nothing"
    alone = "" if others or not held else "; no other master is there to take them"
    return f"{name} {drains} and {hands}{alone}; this lasts until: headwater drain --undo {name}"


def _undone(name: str, *, was: bool) -> str:
    return f"{name} has its share again" if was else f"{name} did not drain"
