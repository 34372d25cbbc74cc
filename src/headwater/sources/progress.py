"""How far git has come, by what it writes for people: bytes in, short texts out."""

from __future__ import annotations

import re
from collections.abc import Callable

_LINE_END = re.compile(rb"[\r\n]")
_STEP = re.compile(
    rb"(?:remote: )?([A-Z][A-Za-z -]{2,40}): +(\d{1,3})% \(\d+/\d+\)(?:, ([0-9.]+ [KMGT]?i?B|\d+ bytes))?"
)
_LONGEST = 1_000


class Progress:
    r"""
    Reads what git writes to stderr, in the pieces in which it comes, and tells each step that it has taken.

    >>> said = []
    >>> Progress(said.append).feed(b"Receiving objects:  42% (42/100), 1.20 MiB | 3 MiB/s\r")
    >>> said
    ['receiving objects: 42 %, 1.20 MiB']
    """

    def __init__(self, tell: Callable[[str], object]) -> None:
        self._tell = tell
        self._told = ""
        self._begun = b""

    def feed(self, piece: bytes) -> None:
        """
        Take the next piece; tell the last step in it, if that is news.
        """
        *lines, begun = _LINE_END.split(self._begun + piece)
        self._begun = begun[-_LONGEST:]
        steps = [step for line in lines if (step := _STEP.match(line))]
        if steps and (text := _text(steps[-1])) != self._told:
            self._told = text
            self._tell(text)


def _text(step: re.Match[bytes]) -> str:
    what, percent, size = (part.decode("ascii") if part else "" for part in step.groups())
    return f"{what.lower()}: {percent} %" + (f", {size}" if size else "")
