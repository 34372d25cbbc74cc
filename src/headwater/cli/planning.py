"""What would make the registry match a file: what is added, what changes, what goes, and what stays as it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from headwater.cli.differences import Difference, differences
from headwater.errors import HeadwaterError
from headwater.values import Settings, Watched


class OtherKindError(HeadwaterError):
    """
    A source is to be of another kind than it is.
    """

    def __init__(self, name: str, is_: str, wanted: str) -> None:
        super().__init__(name, is_, wanted)
        self.name = name
        self.is_ = is_
        self.wanted = wanted

    def __str__(self) -> str:
        return (
            f"{self.name} is of kind {self.is_}, and the file says {self.wanted}: what it has seen would mean nothing; "
            f"give the new one another name, or remove the old one first"
        )


class Added(Struct, frozen=True, kw_only=True):
    """
    A source that is not there yet.
    """

    name: str
    settings: Settings


class Altered(Struct, frozen=True, kw_only=True):
    """
    A source whose settings change.
    """

    id: int
    name: str
    settings: Settings
    differences: tuple[Difference, ...]


class Removed(Struct, frozen=True, kw_only=True):
    """
    A source that goes.
    """

    id: int
    name: str
    url: str


class Plan(Struct, frozen=True, kw_only=True):
    """
    What is to be done, and what is not.
    """

    add: tuple[Added, ...] = ()
    change: tuple[Altered, ...] = ()
    remove: tuple[Removed, ...] = ()
    unchanged: int = 0
    """How many are as the file says already."""
    stay: tuple[str, ...] = ()
    """The names that the file does not have, and that stay."""

    @property
    def is_empty(self) -> bool:
        """
        Tell whether nothing is to be done.
        """
        return not (self.add or self.change or self.remove)


def plan(have: Iterable[Watched], want: Mapping[str, Settings], *, prune: bool) -> Plan:
    """
    Return what makes the one match the other.

    Args:
        have: the sources that are there.
        want: the sources that the file has, by their names.
        prune: whether the others go.

    Raises:
        OtherKindError: a source cannot become what is wanted.
    """
    there = {watched.name: watched for watched in have}
    others = [watched for name, watched in there.items() if name not in want]
    changed = [_altered(there[name], settings) for name, settings in want.items() if name in there]
    return Plan(
        add=tuple(Added(name=name, settings=settings) for name, settings in want.items() if name not in there),
        change=tuple(one for one in changed if one.differences),
        remove=tuple(Removed(id=one.id, name=one.name, url=one.settings.url) for one in others if prune),
        unchanged=sum(not one.differences for one in changed),
        stay=() if prune else tuple(one.name for one in others),
    )


def _altered(watched: Watched, settings: Settings) -> Altered:
    if watched.settings.kind != settings.kind:
        raise OtherKindError(watched.name, watched.settings.kind, settings.kind)
    return Altered(
        id=watched.id,
        name=watched.name,
        settings=settings,
        differences=differences(watched.settings, settings),
    )
