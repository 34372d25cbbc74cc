"""Check what callers hand in, before it is queued: names and ids."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

LARGEST_ID = 2**31 - 1
"""Buildbot's ids are 32-bit integers; no row has a larger one."""


OID_BYTES = 64
"""What the columns of object ids hold: a SHA-256 in hexadecimal."""


def checked_text(text: object, what: str, *, at_most: int | None = None) -> str:
    """
    Return the text if every database can hold it.

    Args:
        text: what the caller handed in.
        what: what it is, for the error.
        at_most: bytes of UTF-8 that the database's column holds.

    Raises:
        TypeError: it is no str.
        ValueError: it holds a NUL or a lone surrogate, or is longer than the column.
    """
    if not isinstance(text, str):
        raise TypeError(f"a {what} is a str, not {type(text).__name__}")
    if "\0" in text:
        raise ValueError(f"a {what} cannot hold a NUL character")
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        raise ValueError(f"a {what} cannot hold a lone surrogate") from None
    if at_most is not None and size > at_most:
        raise ValueError(f"a {what} can hold {at_most:,} bytes of UTF-8 on this database, and this one has {size:,}")
    return text


def checked_name(name: object, *, at_most: int) -> str:
    """
    Return the name if it is one.

    Raises:
        TypeError: it is no str.
        ValueError: it holds a NUL or a lone surrogate, or is longer than the column.
    """
    return checked_text(name, "name", at_most=at_most)


def checked_oid(oid: object) -> str | None:
    """
    Return an object id, or None where there is none.
    """
    return None if oid is None else checked_text(oid, "object id", at_most=OID_BYTES)


def checked_id(id_: object, what: str) -> int:
    """
    Return the id if it is an int, whether or not a row could have it.

    Raises:
        TypeError: it is no int; a bool is none.
    """
    if not isinstance(id_, int) or isinstance(id_, bool):
        raise TypeError(f"the id of a {what} is an int, not {type(id_).__name__}")
    return id_


def possible(id_: int) -> bool:
    """
    Tell whether a row could have this id.
    """
    return 1 <= id_ <= LARGEST_ID


def checked_flag(flag: object, what: str) -> bool:
    """
    Return the flag if it is a bool.
    """
    if not isinstance(flag, bool):
        raise TypeError(f"{what} is True or False, not {type(flag).__name__}")
    return flag


def checked_strings(names: object) -> Iterable[object]:
    """
    Return the names if they are several; a str would be taken letter by letter.
    """
    if isinstance(names, str | bytes) or not isinstance(names, Iterable):
        raise TypeError(f"names is an iterable of str, not {type(names).__name__}")
    return names


def hash_of(name: str) -> str:
    """
    Return the hash under which a name is looked up: SHA-1 of its UTF-8 in hexadecimal, as Buildbot has it.
    """
    return hashlib.sha1(name.encode(), usedforsecurity=False).hexdigest()


def checked_count(count: object, what: str, *, least: int) -> int:
    """
    Return a number that is no less than `least` and no more than a database's largest.
    """
    if not isinstance(count, int) or isinstance(count, bool):
        raise TypeError(f"{what} is an int, not {type(count).__name__}")
    if not least <= count < 2**63:
        raise ValueError(f"{what} is a number from {least} on, not {count}")
    return count
