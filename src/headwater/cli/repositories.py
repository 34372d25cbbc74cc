"""From what stands on the command line of ``headwater run`` to registered sources, and the names they get."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import click

from headwater.blocking import Store
from headwater.cli.settings import new_settings
from headwater.errors import NameTakenError
from headwater.values import Settings, Watched


def register(store: Store, repositories: Iterable[str], poll: float) -> list[Watched]:
    """
    Register each repository that is not yet, and return the sources; none if one is refused.

    Raises:
        WrongSettingError: it is a URL that git must not be given.
    """
    given = [new_settings({"url": url, "poll": poll}, folder=Path.cwd()) for url in repositories]
    return [_registered(store, settings) for settings in given]


def short_name(settings: Settings) -> str:
    """
    Return the name that a person would call a repository by.

    >>> short_name(Settings(kind="git", url="https://git.example/acme/api.git"))
    'api'
    """
    path = settings.url.rstrip("/").removesuffix("/.git").removesuffix(".git")
    return re.split(r"[/:]", path)[-1] or settings.url


def long_name(settings: Settings) -> str:
    """
    Return the name of a repository whose short name is another's already.

    >>> long_name(Settings(kind="git", url="/srv/api", host="ci-a"))
    'ci-a:/srv/api'
    """
    return f"{settings.host}:{settings.url}" if settings.host else settings.url


def _registered(store: Store, settings: Settings) -> Watched:
    for name in (short_name(settings), long_name(settings)):
        if (known := _known(store, settings)) is not None:
            return known
        try:
            id_ = store.edit(add={name: settings})[name]
        except NameTakenError:
            continue  # by another source, or by this very one just now
        return Watched(id=id_, name=name, settings=settings)
    if (known := _known(store, settings)) is not None:
        return known
    raise click.UsageError(f"{long_name(settings)} is the name of another source already")


def _known(store: Store, settings: Settings) -> Watched | None:
    """
    Return the source that watches the same, whatever else its settings are.
    """
    place = (settings.kind, settings.url, settings.host)
    watched = store.watched()
    return next((one for one in watched if place == (one.settings.kind, one.settings.url, one.settings.host)), None)
