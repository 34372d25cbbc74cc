"""Rows with a name of their own: the same name has the same id, for ever (docs/explanation/claiming.md, R1)."""

from __future__ import annotations

from collections.abc import Iterable
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
    hashes = {name: hash_of(name) for name in names}
    if not hashes:
        return {}
    found = {hash_: (id_, name) for hash_, id_, name in session.rows(table.find, hashes=list(hashes.values()))}
    # The name itself is compared too: two names with one SHA-1 can be made on purpose.
    return {
        name: found[hash_][0] if found[hash_][1] == name else NameCollisionError(name)
        for name, hash_ in hashes.items()
        if hash_ in found
    }


def find_or_insert(session: Session, table: Named, names: Iterable[str]) -> dict[str, int | NameCollisionError]:
    """
    Return the id of every name; a name that is new gets one.

    Looks first, so that names which are there burn no ids; a race that was lost is read again in a new statement.
    """
    names = list(names)
    found = find(session, table, names)
    new = [{"name": name, "hash": hash_of(name)} for name in dict.fromkeys(names) if name not in found]
    if new:
        # In the order of their hashes: two that insert the same names wait for each other in one order.
        session.count(table.insert, rows=sorted(new, key=lambda row: row["hash"]))
        found |= find(session, table, [row["name"] for row in new])
    return found
