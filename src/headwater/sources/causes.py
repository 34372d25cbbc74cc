"""Why git failed, by what it wrote to stderr: which error that is, and the one sentence that tells it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable

from headwater.errors import (
    AccessDeniedError,
    ForeignOwnerError,
    NotAllowedError,
    RepositoryNotFoundError,
    SourceError,
    UnreachableError,
)
from headwater.sources.gitlog import text

_BOILERPLATE = "Could not read from remote repository"
_CAUSE = re.compile(r"(?:fatal|error): (.*)")
_LINE_END = re.compile(r"[\r\n]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")

_CLASSES: tuple[tuple[type[SourceError], re.Pattern[str]], ...] = (
    (ForeignOwnerError, re.compile(r"detected dubious ownership")),
    (NotAllowedError, re.compile(r"transport '[^']*' not allowed|strange (?:hostname|pathname) ")),
    (
        AccessDeniedError,
        re.compile(
            r"Authentication failed|could not read (?:Username|Password)|returned error: 40[137]\b|Permission denied"
            r"|Host key verification failed|access denied(?! or repository not exported)|DENIED by",
        ),
    ),
    (
        RepositoryNotFoundError,
        re.compile(
            r"does not appear to be a git repository|not a git repository|[Rr]epository (?:'[^']*' )?not found"
            r"|repository not exported|could not be found|is this a git repository\?|returned error: (?:404|410)\b"
            r"|invalid gitfile",
        ),
    ),
    (
        UnreachableError,
        re.compile(
            r"[Cc]ould not resolve|unable to look up|[Cc]onnection (?:refused|timed out|reset|closed|was reset)"
            r"|unable to connect|[Ff]ailed to connect|Couldn't connect|timed out|Network is unreachable"
            r"|No route to host|early EOF|hung up unexpectedly|RPC failed|returned error: (?:5\d\d|408|425|429)\b"
            r"|Empty reply|unable to access|kex_exchange|banner exchange|read error|Temporary failure",
        ),
    ),
)
"""In this order: a host that lets nobody in often hangs up as well."""

_OWNER = re.compile(r"detected dubious ownership in repository at '(.*)'")
_ASKED = re.compile(r"could not read (?:Username|Password) for '([^']*)'")


def cause(said: bytes) -> tuple[type[SourceError], str]:
    """
    Tell which error it is, and why in one sentence, with whatever secrets are in it; empty if git wrote nothing.

    >>> cause(b"fatal: unable to access 'http://git.example/': Could not resolve host: git.example")[0].__name__
    'UnreachableError'
    """
    everything = "\n".join(_lines(said))
    kind = next((kind for kind, sign in _CLASSES if sign.search(everything)), SourceError)
    for sign, sentence in _SENTENCES:
        if found := sign.search(everything):
            return kind, sentence(found[1])
    return kind, complaint(said)


def complaint(said: bytes) -> str:
    """
    Make one sentence of what git wrote to stderr, with whatever secrets are in it; empty if it wrote nothing.
    """
    lines = _lines(said)
    for place, line in enumerate(lines):
        if found := _CAUSE.match(line):
            if found[1].startswith(_BOILERPLATE):
                return lines[place - 1] if place else found[1]
            return " ".join([found[1], *lines[place + 1 : place + 2]]) if line.endswith(":") else found[1]
    return lines[-1] if lines else ""


def _lines(said: bytes) -> list[str]:
    lines = (_CONTROL.sub(" ", line).strip() for line in _LINE_END.split(text(said)))
    return [line for line in lines if line and not line.startswith("{")]  # which is a trace event


def _of_another(path: str) -> str:
    cure = f"git config --global --add safe.directory {shlex.quote(path)}"
    return f"{path} belongs to another user: if you trust it, run `{cure}` as the user of this master"


def _asks(host: str) -> str:
    return f"{host} asks for a user and password, and the source has no credential for it"


_SENTENCES: tuple[tuple[re.Pattern[str], Callable[[str], str]], ...] = ((_OWNER, _of_another), (_ASKED, _asks))
