"""What a poll compares with, after somebody has edited which refs are watched: that alone is no news."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from headwater.sources.selection import Selection, selection_of
from headwater.values import Brief, Settings


class Rebased(NamedTuple):
    """
    A position for another selection of refs, and how it differs from the old one.
    """

    position: dict[str, str]
    add: dict[str, str]
    """Refs that are watched from now on, where they are now."""
    drop: list[str]
    """Refs that are not watched any more."""


def rebased(brief: Brief, seen: Mapping[str, str]) -> Rebased:
    """
    Return the position that a poll compares with.

    Args:
        brief: what the database has of the source.
        seen: the refs that are there now, and are watched.
    """
    position = dict(brief.refs or {})
    selection = selection_of(brief.settings)
    if brief.selection == selection.text:
        return Rebased(position, {}, [])
    before = selection_of(_as_at_first(brief.settings)) if brief.selection is None else Selection.parse(brief.selection)
    add = {ref: oid for ref, oid in seen.items() if ref not in position and not before.has(ref)}
    drop = [ref for ref in position if not selection.has(ref)]
    return Rebased({ref: oid for ref, oid in (position | add).items() if selection.has(ref)}, add, drop)


def _as_at_first(settings: Settings) -> Settings:
    """
    Return what was watched before anybody could choose.
    """
    return Settings(kind=settings.kind, url=settings.url)
