"""Settings from what somebody gave: where the source is, who can see it, and what is refused; for all commands."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from msgspec import structs

from headwater.cli.settingkeys import Given, Value, WrongSettingError
from headwater.identity import host as this_host
from headwater.sources import giturl, selection
from headwater.values import INJECT, Settings

_GIT = "git"

_LONGEST_NAME = 500
_NAME = re.compile(r"[\w.-]+")


def new_settings(given: Given, *, folder: Path) -> Settings:
    """
    Return the settings of a source that is not there yet.

    Args:
        given: what is said of it; everything else is as usual.
        folder: from where a path is looked at.

    Raises:
        WrongSettingError: they do not do.
    """
    if not given.get("url") and given.get("kind") != INJECT:
        raise WrongSettingError("url", "is missing, and says what is to be watched")
    return _settled(Settings(kind=_GIT, url=""), given, folder)


def altered_settings(settings: Settings, given: Given, *, folder: Path) -> Settings:
    """
    Return the settings of a source after some of them were given anew.

    Args:
        settings: as they are.
        given: those that are to change; options are added to the others, and an empty one is taken away.
        folder: from where a path is looked at.

    Raises:
        WrongSettingError: they do not do, or it would be another kind of source.
    """
    if given.get("kind", settings.kind) != settings.kind:
        raise WrongSettingError("kind", f"it is {settings.kind}, and stays so: add another source of the other kind")
    options = {**settings.options, **_mapping(given.get("options"))}
    kept = {"options": {key: value for key, value in options.items() if value}}
    return _settled(settings, {**given, **kept}, folder)


def checked_name(name: str) -> str:
    """
    Return the name of a source if it is one.

    Raises:
        WrongSettingError: it is none.
    """
    if not name or not name.isprintable() or len(name) > _LONGEST_NAME:
        raise WrongSettingError("name", f"{name[:40]!r} is no name; it is one line of at most {_LONGEST_NAME} letters")
    return name


def _settled(settings: Settings, given: Given, folder: Path) -> Settings:
    kind = str(given.get("kind") or settings.kind)
    place: dict[str, Value] = {"kind": kind}
    if "url" in given or "host" in given:
        # A path is looked up where it was typed; who runs another kind is said by its settings alone.
        url, host = str(given.get("url", settings.url)), given.get("host", None if kind == _GIT else settings.host)
        place |= _place(kind, url, None if host is None else str(host), folder)
    settled = structs.replace(settings, **{**given, **place})
    _check(settled)
    return settled


def _place(kind: str, url: str, host: str | None, folder: Path) -> dict[str, Value]:
    """
    Tell where a source is and who can see it: a path belongs to one host, a URL is seen from everywhere.
    """
    if kind != _GIT:
        return {"url": _allowed(url, _refused_by_all(url)), "host": host}
    path = _path(url, folder)
    if path is None and host is not None:
        raise WrongSettingError("host", "a URL is seen from every host; only a local path belongs to one")
    if path is None:
        return {"url": _allowed(url, giturl.refusal(url)), "host": None}
    if host in {None, this_host()}:
        path, host = (folder / path).resolve(), this_host()
    return {"url": _allowed(str(path), giturl.refusal(str(path))), "host": host}


def _path(url: str, folder: Path) -> Path | None:
    """
    Return the local path that is meant, or None for a URL; what is there is a path, though it has a colon.
    """
    if not url:
        raise WrongSettingError("url", "is empty")
    if url.lower().startswith("file://"):
        return giturl.local_path(_allowed(url, giturl.refusal(url)))
    if "://" in url:
        return None
    is_there = os.path.exists(folder / url)  # noqa: PTH110 - that of pathlib fails for names that are too long
    return Path(url) if is_there else giturl.local_path(url)


def _refused_by_all(url: str) -> str | None:
    if not url.isprintable():
        return "contains a control character"
    if giturl.redact(url) != url:
        return f"a user or password in a URL would end up in the database: write {giturl.redact(url)}"
    return None


def _allowed(url: str, problem: str | None) -> str:
    if problem is not None:
        raise WrongSettingError("url", problem)
    return url


def _check(settings: Settings) -> None:
    if problem := selection.refusal(settings):
        raise WrongSettingError("refs", problem)
    for key in ("kind", "credential"):
        name = getattr(settings, key)
        if name is not None and not _NAME.fullmatch(name):
            raise WrongSettingError(key, f"{name!r} is no name; it has letters, digits, '.', '_' and '-'")
    if settings.credential is not None and settings.kind == _GIT and giturl.origin(settings.url) is None:
        raise WrongSettingError("credential", "a path on a host needs none")
    if settings.options and settings.kind == _GIT:
        raise WrongSettingError("options", f"a source of kind {_GIT} takes none")


def _mapping(value: Value) -> Mapping[str, str]:
    return value if isinstance(value, Mapping) else {}
