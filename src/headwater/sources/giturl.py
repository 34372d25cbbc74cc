"""Where a git repository is: which URLs are refused, and how they are shown and filed."""

from __future__ import annotations

import re
from hashlib import sha256

_USER_INFO = re.compile(r"(?<=://)[^/\s]*@")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_HELPER = re.compile(r"[A-Za-z0-9+.-]+::")
_UNREADABLE = re.compile(r"[^A-Za-z0-9._-]+")


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
    """
    if not url:
        return "the URL is empty"
    if url.startswith("-"):
        return "the URL begins with '-', as an option does"
    if _CONTROL.search(url):
        return "the URL contains a control character"
    if helper := _HELPER.match(url):
        return f"a URL with a transport helper ({helper[0]}) is not allowed"
    return None


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
