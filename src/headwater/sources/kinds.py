"""Which kinds of sources can be run here: git, and those that installed packages bring."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points

from headwater.errors import SourceError
from headwater.sources.base import ChangeSource
from headwater.sources.git import GitSource
from headwater.sources.workplace import Workplace
from headwater.values import Settings

__all__ = ["GROUP", "Factory", "Workplace", "kinds"]

GROUP = "headwater.sources"
"""The entry points under which packages offer kinds of their own."""

Factory = Callable[[Settings, Workplace], ChangeSource]


def kinds() -> dict[str, Factory]:
    """
    Return what makes the source of each kind; nobody can take the place of git.

    A package is loaded by the first source that needs it, so that a broken one stops no other.
    """
    brought: dict[str, Factory] = {point.name: _loading(point) for point in entry_points(group=GROUP)}
    return brought | {"git": GitSource}


def _loading(point: EntryPoint) -> Factory:
    def make(settings: Settings, workplace: Workplace) -> ChangeSource:
        try:
            factory: Factory = point.load()
        except Exception as error:  # what a package does while it is imported is its own affair
            problem = f"the kind {point.name!r} ({point.value}) cannot be loaded: {type(error).__name__}: {error}"
            raise SourceError(workplace.name, problem) from error
        return factory(settings, workplace)

    return make
