"""What git prints, as values: bytes in, values out, no I/O."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress

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
    return _text(raw, declared)[0]


def _text(raw: bytes, declared: str) -> tuple[str, bool]:
    """
    Return the text, and whether something in it stands for what could not be decoded.
    """
    decoded, is_lossy = _decoded(raw, declared)
    return decoded.replace("\0", ""), is_lossy


def _decoded(raw: bytes, declared: str) -> tuple[str, bool]:
    for encoding in ("utf-8", declared if _CHARSET.fullmatch(declared) else "cp1252", "cp1252"):
        with suppress(UnicodeDecodeError, LookupError):
            return raw.decode(encoding), False
    return raw.decode("cp1252", errors="replace"), True


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
    written = [_text(raw, declared) for raw in (author, author_email, committer, committer_email, message)]
    author_text, author_email_text, committer_text, committer_email_text, message_text = (each for each, _ in written)
    return Commit(
        oid=text(oid),
        parents=tuple(text(parents).split()),
        author=author_text,
        author_email=author_email_text,
        authored_at=_seconds(authored_at),
        committer=committer_text,
        committer_email=committer_email_text,
        committed_at=_seconds(committed_at),
        message=message_text.rstrip("\n"),
        lossy=any(is_lossy for _, is_lossy in written),
    )


def _seconds(field: bytes) -> int:
    return min(int(field[:20]), _LATEST) if field.isdigit() else 0


_NEGOTIATED = b'"key":"negotiated-version"'
_REFUSED = re.compile(
    rb"^(?:fatal: remote error|fatal: couldn't find remote ref|error: Server does not allow|error: Unable to find)"
    rb".*?\b([0-9a-f]{64}|[0-9a-f]{40})\b",
    re.MULTILINE,
)


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
