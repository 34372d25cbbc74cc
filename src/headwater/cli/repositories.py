"""From what stands on the command line to registered sources: paths, URLs, and the names they get."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import unquote, urlsplit

import click

from headwater.blocking import Store
from headwater.identity import host
from headwater.sources.giturl import redact, refusal
from headwater.values import Settings, Watched

_SCP_LIKE = re.compile(r"[^/\s:]+:[^/]")
_LOOKS = 10
_BETWEEN_LOOKS = 0.1
_PASSWORD = re.compile(r"://[^/@\s]*:[^/@\s]*@|^https?://[^/@\s]*@|^[^/@:\s]+:[^/@\s]*@")


def register(store: Store, repositories: Iterable[str]) -> list[Watched]:
    """
    Register each repository that is not yet, and return the sources; none if one is refused.
    """
    settings = [settings_of(repository) for repository in repositories]
    return [_registered(store, given) for given in settings]


def settings_of(repository: str) -> Settings:
    """
    Return what to watch: a path belongs to this host, a URL is seen from everywhere.

    Raises:
        click.UsageError: it is a URL that git must not be given.
    """
    if _PASSWORD.search(repository):
        shown = redact(repository) if "://" in repository else repository.rpartition("@")[2]
        problem = "leave the user and password out, and let git's credential helper give them"
        raise click.UsageError(f"{shown}: a URL with a password would end up in the database; {problem}")
    if refused := refusal(repository):
        raise click.UsageError(f"{redact(repository)}: {refused}")
    if repository.startswith("file://"):
        repository = unquote(urlsplit(repository).path)
    if "://" in repository or (_SCP_LIKE.match(repository) and not Path(repository).exists()):
        return Settings(kind="git", url=repository)
    return Settings(kind="git", url=str(Path(repository).resolve()), host=host())


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
    known = {watched.id: watched for watched in store.watched()}
    for watched in known.values():
        if watched.settings == settings:
            return watched
    for name in (short_name(settings), long_name(settings)):
        if _is_the_connectors(store, name):
            continue
        (id_,) = store.register([name]).values()
        # Who was first keeps the name: settings that are there are never overwritten.
        store.configure(id_, settings)
        watched = {watched.id: watched for watched in store.watched()}[id_]
        if watched.settings == settings:
            return watched
    raise click.UsageError(f"{name} is the name of another source already")


def _is_the_connectors(store: Store, name: str) -> bool:
    """
    Tell whether a name has a source without settings, which is not ours to run.

    One that another `run` is registering at this moment has its settings soon.
    """
    id_ = store.find([name]).get(name)
    pause = threading.Event()
    for _ in range(_LOOKS):
        if id_ is None or any(watched.id == id_ for watched in store.watched()):
            return False
        pause.wait(_BETWEEN_LOOKS)
    return True
