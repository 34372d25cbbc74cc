"""Texts that are names, and things that are none."""

from __future__ import annotations

import unicodedata
from typing import Any

SOME_NAMES = ["", "git", "grüße, мир, 世界", "😀", " two  spaces ", "a\tb\nc", "'; --", "%(name)s %s :id {now}", "\\"]
"""One of each sort."""

_ACCENTED = "caféÅ"

DISTINCT_NAMES = [
    *SOME_NAMES,
    *(" ", "  ", "\t", "\n", "git ", " git", "git\t", "git\u00a0", "git\n"),  # spaces, at the end too
    *("Git", "GIT", "g\u0131t", "g\u0130t", "i", "I", "ß", "ss", "SS", "ẞ", "\u03c3", "\u03c2", "\u03a3"),  # case
    *(unicodedata.normalize(form, _ACCENTED) for form in ("NFC", "NFD")),  # accents
    *("cafeÅ", "cafeA", "résumé", "resume", "e\u0301", "\u0301", "é", "è", "ñ", "n", "ø", "o"),
    *("ﬁ", "fi", "\uff10", "0", "00", "ª", "a", "æ", "ae", "①", "1"),  # what a collation may fold
    *("\u200b", "\u200d", "\ufeff", "\u00ad", "\u202e", "\x01", "\x1f", "\x7f", "\x85", "\u2028"),  # invisible
    *("😁", "😀😀", "👍", "👍🏽", "👩\u200d💻", "\U0010ffff", "\ufffd", "\uffff", "\ud7ff", "\ue000"),  # far out
    *("_", "%", "\\\\", "\\n", "''", '"', "`", "$1", "?", "None", "null", "NULL", "[]", "{}"),  # syntax
]
"""No two of these are the same source on any database."""

NOT_NAMES: list[tuple[Any, type[Exception]]] = [
    *((thing, TypeError) for thing in (b"git", None, 7, True, ["git"])),
    *((text, ValueError) for text in ("\0", "a\0b", "\ud800", "a\udfff", "\ud83d\ude00")),
]
"""Things that are no names, each with its error: wrong types, NULs, surrogates on their own."""
