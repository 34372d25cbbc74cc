"""``headwater release``: free a source whose holder is gone."""

from __future__ import annotations

import click

from headwater.blocking import Store
from headwater.errors import UnknownChangeSourceError


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME…")
@click.pass_obj
def release(database: str, names: tuple[str, ...]) -> None:
    """
    End the claims of sources, whoever holds them.

    A holder that still runs notices at its next recording: what it writes under the old claim is refused.
    """
    with Store(database) as store:
        ids = store.find(names)
        for name in names:
            if name not in ids:
                raise UnknownChangeSourceError(name)
        held = store.force_release(ids.values())
        for name, id_ in ids.items():
            click.echo(_sentence(store, name, held.get(id_)))


def _sentence(store: Store, name: str, holder: int | None) -> str:
    if holder is None:
        return f"{name} was free already"
    master = store.master(holder)
    return f"{name} is free; it was held by {master.name if master else f'master {holder}'}"
