"""Which master or source is meant by what somebody typed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import click

from headwater.blocking import Store
from headwater.errors import NotWatchedError, UnknownChangeSourceError
from headwater.values import Brief, Master


class UnknownNameError(click.ClickException):
    """
    Nothing, or more than one thing, is called so.
    """

    exit_code = 3


def master_called(masters: Sequence[Master], typed: str) -> Master:
    """
    Return the master that is meant by its id, its name, its given name, or a beginning that only it has.

    Of several lives with one given name, the active one is meant.
    """
    for found in (
        [master for master in masters if str(master.id) == typed or master.name == typed],
        _preferred([master for master in masters if master.given_name == typed]),
        _preferred([master for master in masters if master.name.startswith(typed)]),
    ):
        if len(found) == 1:
            return found[0]
        if found:
            names = ", ".join(f"{master.name} ({master.id})" for master in found[:5])
            raise UnknownNameError(f"{typed!r} may be {names}: type more of the name, or the id")
    raise UnknownNameError(f"there is no master {typed!r}; `headwater masters --all` lists them")


def given_name_called(masters: Sequence[Master], drains: Iterable[str], typed: str) -> str:
    """
    Return the given name that is meant: itself, one that drains, or that of the master that is called so.
    """
    names = {master.given_name for master in masters if master.given_name is not None}.union(drains)
    begun = {name for name in names if name.startswith(typed)}
    if typed in names or len(begun) == 1:
        return typed if typed in names else begun.pop()
    return master_called(masters, typed).given_name or typed


def source_called(store: Store, name: str) -> int:
    """
    Return the id of the source with this name.
    """
    found = store.find([name])
    if name not in found:
        raise UnknownChangeSourceError(name)
    return found[name]


def sources_called(store: Store, names: Iterable[str]) -> dict[str, int]:
    """
    Return the ids of the sources with these names; none if one is not there.
    """
    found = store.find(names)
    for name in names:
        if name not in found:
            raise UnknownChangeSourceError(name)
    return {name: found[name] for name in names}


def brief_of(store: Store, name: str) -> tuple[int, Brief]:
    """
    Return the id of the source with this name, and what it watches.
    """
    id_ = source_called(store, name)
    brief = store.brief(id_)
    if brief is None:
        raise NotWatchedError(id_)
    return id_, brief


def holder_of(store: Store, id_: int) -> str | None:
    """
    Return the name of the active master that holds a source.
    """
    source = store.source(id_)
    holder = None if source is None or source.holder is None else store.master(source.holder)
    return holder.name if holder is not None and holder.active else None


def _preferred(masters: Sequence[Master]) -> Sequence[Master]:
    return [master for master in masters if master.active] or masters
