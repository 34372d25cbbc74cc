"""Check what callers hand in, before it is queued: names and ids."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

LARGEST_ID = 2**31 - 1
"""Buildbot's ids are 32-bit integers; no row has a larger one."""


def checked_name(name: object, *, at_most: int) -> str:
    """
    Return the name if it is one.

    Args:
        name: what the caller handed in.
        at_most: bytes of UTF-8 that the database's column holds.

    Raises:
        TypeError: it is no str.
        ValueError: it holds a NUL or a lone surrogate, or is longer than the column.
    """
    if not isinstance(name, str):
        raise TypeError(f"a name is a str, not {type(name).__name__}")
    if "\0" in name:
        raise ValueError("a name cannot hold a NUL character")
    try:
        size = len(name.encode())
    except UnicodeEncodeError:
        raise ValueError("a name cannot hold a lone surrogate") from None
    if size > at_most:
        raise ValueError(f"a name can hold {at_most:,} bytes of UTF-8 on this database, and this one has {size:,}")
    return name


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
