"""Look at a repository from here and now, as a master with this host's configuration would."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from headwater.cli.configuration import Configuration
from headwater.errors import NotAllowedError, SourceError
from headwater.identity import host as this_host
from headwater.running.problems import problem_of, sentence
from headwater.sources.base import ChangeSource
from headwater.sources.kinds import Workplace, kinds
from headwater.sources.selection import selection_of
from headwater.values import Settings

A = TypeVar("A")


def seen(name: str, settings: Settings, configuration: Configuration) -> dict[str, str]:
    """
    Return the refs that a source would watch, each with its object id.

    Raises:
        SourceError: it cannot be looked at from here.
    """
    return with_source(name, settings, configuration, lambda source: look(source, settings))


def with_source(
    name: str, settings: Settings, configuration: Configuration, act: Callable[[ChangeSource], Awaitable[A]]
) -> A:
    """
    Return what comes of a source that is made for this once, with a cache of its own that is gone afterwards.

    Raises:
        SourceError: nobody can make it here, or whatever `act` raises.
    """
    make = kinds().get(settings.kind)
    if make is None:
        known = ", ".join(sorted(kinds()))
        raise NotAllowedError(name, f"sources of kind {settings.kind} cannot be run here: there are {known}")
    if settings.host not in {None, this_host()}:
        raise NotAllowedError(name, f"{settings.url} is a path on {settings.host}, and cannot be seen from here")
    with tempfile.TemporaryDirectory(prefix="headwater-") as folder:
        try:
            return asyncio.run(_awaited(act(make(settings, _workplace(name, configuration, Path(folder))))))
        except SourceError as error:
            error.problem = configuration.credentials.redactor(error.problem)
            raise
        except Exception as error:  # noqa: BLE001 - a source of a user's own may raise anything, with anything in it
            problem = configuration.credentials.redactor(problem_of(error).text)
            raise SourceError(name, sentence(problem)) from None


async def look(source: ChangeSource, settings: Settings) -> dict[str, str]:
    """
    Return the refs that are watched.
    """
    selection = selection_of(settings)
    return {ref: oid for ref, oid in (await source.look()).items() if selection.has(ref)}


def _workplace(name: str, configuration: Configuration, cache: Path) -> Workplace:
    return Workplace(name=name, cache=cache, credentials=configuration.credentials, roots=configuration.roots)


async def _awaited(awaitable: Awaitable[A]) -> A:
    return await awaitable
