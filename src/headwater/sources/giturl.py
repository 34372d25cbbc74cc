"""Where a git repository is: which URLs are refused, whose host they name, how they are shown and filed."""

from __future__ import annotations

import re
from collections.abc import Collection
from hashlib import sha256
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

_USER_INFO = re.compile(r"(?<=://)[^/\s]*@")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_HELPER = re.compile(r"[A-Za-z0-9+.-]+::")
_SCHEME = re.compile(r"([A-Za-z0-9+.-]+)://")
_SCP_LIKE = re.compile(r"(?:(?P<user>[^/@]*)@)?(?P<host>\[[^]/]*\]|[^/:]*):(?P<path>.*)", re.DOTALL)
"""As ``user@host:path``: a colon before the first slash."""
_UNREADABLE = re.compile(r"[^A-Za-z0-9._-]+")

_PORTS = {"http": 80, "https": 443, "ssh": 22, "git": 9418}
"""The protocols that are spoken with other hosts, and the port of each if the URL names none."""


def redact(said: str) -> str:
    """
    Leave out the user and password of every URL in a text.

    >>> redact("cannot read https://ci:secret@git.example/x.git")
    'cannot read https://git.example/x.git'
    """
    return _USER_INFO.sub("", said)


def refusal(url: str) -> str | None:
    """
    Tell why git is never given this URL, or None if it may have it.

    >>> refusal("ext::sh -c id")
    'a URL with a transport helper (ext::) is not allowed'
    >>> refusal("https://ci:secret@git.example/x.git")
    'a user or password in a URL would end up in the database: write https://git.example/x.git, and name a credential'
    """
    if not url:
        return "the URL is empty"
    if url.startswith("-"):
        return "the URL begins with '-', as an option does"
    if _CONTROL.search(url):
        return "the URL contains a control character"
    if helper := _HELPER.match(url):
        return f"a URL with a transport helper ({helper[0]}) is not allowed"
    return _refused_parts(url)


def _refused_parts(url: str) -> str | None:
    try:
        user, password, host, path = _parts(url)
    except ValueError as error:
        return f"the URL cannot be read: {error}"
    protocol = _protocol(url)
    if protocol not in {*_PORTS, "file"}:
        return f"{protocol}:// is not allowed: only https, http, ssh, git, and local paths are"
    if password is not None or (user is not None and protocol != "ssh"):
        return f"a user or password in a URL would end up in the database: write {_bare(url)}, and name a credential"
    if protocol == "file":
        return "a local path must be absolute" if host or not path.startswith("/") else None
    if any(part.startswith("-") for part in (user or "", host, path.lstrip("/"))):
        return "a user, host or path that begins with '-' could be taken for an option"
    return None if host else "the URL names no host"


def _protocol(url: str) -> str:
    if scheme := _SCHEME.match(url):
        return scheme[1]  # git knows them in small letters only
    return "ssh" if _SCP_LIKE.match(url) else "file"


def _parts(url: str) -> tuple[str | None, str | None, str, str]:
    """
    Return user, password, host and path.
    """
    if _SCHEME.match(url):
        split = urlsplit(url)
        _ = split.port  # raises if it is no number
        return split.username, split.password, unquote(split.hostname or ""), unquote(split.path)
    scp = _SCP_LIKE.match(url)
    if scp is None:
        return None, None, "", url
    user, _, password = (scp["user"] or "").partition(":")
    return scp["user"] and user, password or None, scp["host"], scp["path"]


def _bare(url: str) -> str:
    return redact(url) if _SCHEME.match(url) else url.rpartition("@")[2]


def origin(url: str) -> str | None:
    """
    Name the host of a URL with its protocol, and its port unless that is the usual one; None for a local path.

    >>> origin("git@git.example:api.git"), origin("https://Git.Example:443/api.git"), origin("/srv/api.git")
    ('ssh://git.example', 'https://git.example', None)
    """
    if not _SCHEME.match(url):
        scp = _SCP_LIKE.match(url)
        return None if scp is None else f"ssh://{scp['host'].lower()}"
    split = urlsplit(url)
    if split.scheme not in _PORTS:
        return None
    return f"{split.scheme}://{_host(split)}"


def _host(split: SplitResult) -> str:
    host = split.hostname or ""
    host = f"[{host}]" if ":" in host else host
    return host if split.port in {None, _PORTS.get(split.scheme)} else f"{host}:{split.port}"


def local_path(url: str) -> Path | None:
    """
    Return where a repository is on this host; None if it is on another.
    """
    if url.startswith("file://"):
        return Path(unquote(url[len("file://") :]))
    return Path(url) if origin(url) is None else None


def outside(url: str, roots: Collection[Path]) -> str | None:
    """
    Tell why a local path may not be read, or None if it may: it must lie below a root, wherever links lead.

    Links are read on the disk, which may hang, unless every path may be read.
    """
    path = local_path(url)
    if path is None or Path("/") in roots or any(path.resolve().is_relative_to(root.resolve()) for root in roots):
        return None
    return f"{path} is outside of the folders that this master may read: see roots in its configuration"


def folder_name(name: str, url: str) -> str:
    """
    Name the folder of a source: readable, without secrets, and its own.

    >>> folder_name("api", "https://ci:secret@git.example/api.git")
    'api.git-97486e7ba61e6814'
    """
    public = redact(url)
    readable = _UNREADABLE.sub("-", public.rstrip("/").rpartition("/")[2]).strip("-.")[:60]
    identity = f"{name}\0{public}"
    return f"{readable}-{sha256(identity.encode()).hexdigest()[:16]}"
