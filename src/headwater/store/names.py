"""Rows with a name of their own: the same name has the same id, for ever (docs/explanation/claiming.md, R1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from headwater.errors import NameCollisionError
from headwater.store.arguments import hash_of

if TYPE_CHECKING:
    from headwater.store.session import Session


class Named(Struct, frozen=True):
    """
    A table whose rows are found by the hash of their name.
    """

    find: str
    """Takes `:hashes`; gives the hash, id and name of those that are there."""

    insert: str
    """Takes the rows (name, hash); leaves those alone that are there."""


def find(session: Session, table: Named, names: Iterable[str]) -> dict[str, int | NameCollisionError]:
    """
    Return the ids of those names that are there.
    """
    return _find(session, table, {name: hash_of(name) for name in names})


def find_or_insert(session: Session, table: Named, names: Iterable[str]) -> dict[str, int | NameCollisionError]:
    """
    Return the id of every name; a name that is new gets one.

    Looks first, so that names which are there burn no ids; a race that was lost is read again in a new statement.
    """
    hashes = {name: hash_of(name) for name in names}
    found = _find(session, table, hashes)
    if new := _but(hashes, found):
        found |= _insert(session, table, new)
        found |= _find(session, table, _but(hashes, found))
    return found


def _find(session: Session, table: Named, hashes: Mapping[str, str]) -> dict[str, int | NameCollisionError]:
    if not hashes:
        return {}
    found = {hash_: (id_, name) for hash_, id_, name in session.rows(table.find, hashes=list(hashes.values()))}
    # The name itself is compared too: two names with one SHA-1 can be made on purpose.
    return {
        name: found[hash_][0] if found[hash_][1] == name else NameCollisionError(name)
        for name, hash_ in hashes.items()
        if hash_ in found
    }


def _insert(session: Session, table: Named, hashes: Mapping[str, str]) -> dict[str, int | NameCollisionError]:
    # In the order of their hashes: two that insert the same names wait for each other in one order.
    by_hash = sorted((hash_, name) for name, hash_ in hashes.items())
    rows = [{"name": name, "hash": hash_} for hash_, name in by_hash]
    if not session.dialect.returning:
        session.count(table.insert, rows=rows)
        return {}
    return {name: id_ for id_, name in session.rows(table.insert + " RETURNING id, name", rows=rows)}


def _but(hashes: Mapping[str, str], found: Mapping[str, object]) -> dict[str, str]:
    return {name: hash_ for name, hash_ in hashes.items() if name not in found}
