"""What git prints, as values: bytes in, values out, no I/O."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress

from headwater.sources.giturl import redact
from headwater.values import Commit

_FIELDS = ("%H", "%P", "%an", "%ae", "%at", "%cn", "%ce", "%ct", "%e", "%B")

FORMAT = "%x00".join(_FIELDS)
"""For ``git log -z --format=``: no field can contain a NUL, and ``-z`` ends each commit with one."""

_CHARSET = re.compile(r"(?:big5|cp|euc|gb|iso|koi8|latin|mac|shift|sjis|tis|windows)[a-z0-9_-]{0,16}", re.IGNORECASE)
"""The encodings that a commit may name; Python knows others that are no charsets, warn, or are slow."""

_LATEST = 2**63 - 1
"""The last second that a database can store."""


def text(raw: bytes, declared: str = "") -> str:
    """
    Decode what people wrote, whatever it is: UTF-8, else the declared encoding, else Windows-1252.

    Never fails; the result has no NUL and no surrogates, so every database takes it.
    """
    return _decoded(raw, declared).replace("\0", "")


def _decoded(raw: bytes, declared: str) -> str:
    with suppress(UnicodeDecodeError):
        return raw.decode()
    if _CHARSET.fullmatch(declared):
        with suppress(UnicodeDecodeError, LookupError):
            return raw.decode(declared)
    return raw.decode("cp1252", errors="replace")


def ref_name(raw: bytes) -> str:
    r"""
    Decode the name of a ref so that two names never become one.

    What is not UTF-8 is written as ``\xf6``: no ref has a backslash of its own.
    """
    return raw.decode(errors="backslashreplace")


def refs(printed: bytes) -> dict[str, str]:
    """
    Read what ``git ls-remote`` printed: every ref with its object id.
    """
    lines = (line.partition(b"\t") for line in printed.split(b"\n"))
    return {ref_name(name): oid.decode("ascii", errors="replace") for oid, tab, name in lines if tab}


class CommitReader:
    """
    Reads commits, in the order and in the pieces in which ``git log`` prints them.

    It holds one unfinished commit at most.
    """

    def __init__(self) -> None:
        self._fields: list[bytes] = []
        self._field = bytearray()

    def feed(self, piece: bytes) -> list[Commit]:
        """
        Take the next piece of output and return the commits that it completes.
        """
        return [_commit(record) for record in self._records(piece)]

    def _records(self, piece: bytes) -> Iterator[list[bytes]]:
        head, *tails = piece.split(b"\0")
        self._field += head
        for tail in tails:
            self._fields.append(bytes(self._field))
            self._field = bytearray(tail)
            if len(self._fields) == len(_FIELDS):
                yield self._fields
                self._fields = []


def _commit(record: list[bytes]) -> Commit:
    oid, parents, author, author_email, authored_at, committer, committer_email, committed_at, encoding, message = (
        record
    )
    declared = encoding.decode("ascii", errors="replace")
    return Commit(
        oid=text(oid),
        parents=tuple(text(parents).split()),
        author=text(author, declared),
        author_email=text(author_email, declared),
        authored_at=_seconds(authored_at),
        committer=text(committer, declared),
        committer_email=text(committer_email, declared),
        committed_at=_seconds(committed_at),
        message=text(message, declared).rstrip("\n"),
    )


def _seconds(field: bytes) -> int:
    return min(int(field[:20]), _LATEST) if field.isdigit() else 0


_NEGOTIATED = b'"key":"negotiated-version"'
_REFUSED = re.compile(
    rb"^(?:fatal: remote error|fatal: couldn't find remote ref|error: Server does not allow|error: Unable to find)"
    rb".*?\b([0-9a-f]{64}|[0-9a-f]{40})\b",
    re.MULTILINE,
)
_BOILERPLATE = "Could not read from remote repository"
_CAUSE = re.compile(r"(?:fatal|error): (.*)")
_LINE_END = re.compile(r"[\r\n]+")
_LONGEST = 300


def spoke_git(traced: bytes) -> bool:
    """
    Tell from trace events whether there was a git on the other side, or a web server with nothing but files.
    """
    return _NEGOTIATED in traced


def refused(said: bytes) -> set[str]:
    """
    Return the object ids that the other side has not, or does not give away, by what git wrote to stderr.
    """
    return {oid.decode() for oid in _REFUSED.findall(said)}


def complaint(said: bytes) -> str:
    """
    Make one sentence, without secrets, of what git wrote to stderr; empty if it wrote nothing.
    """
    lines = [line.strip() for line in _LINE_END.split(text(said)) if line.strip() and not line.startswith("{")]
    return redact(_cause(lines))[:_LONGEST]


def _cause(lines: list[str]) -> str:
    for place, line in enumerate(lines):
        if cause := _CAUSE.match(line):
            if cause[1].startswith(_BOILERPLATE):
                return lines[place - 1] if place else cause[1]
            return " ".join([cause[1], *lines[place + 1 : place + 2]]) if line.endswith(":") else cause[1]
    return lines[-1] if lines else ""
