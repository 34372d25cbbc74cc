"""What a dialect has to say: how one kind of database is spoken to."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import msgspec

from headwater.store.deadlines import USUAL, Deadlines


class Trouble(enum.Enum):
    """
    What a driver's error means for the call that met it.
    """

    LOST = "the connection is gone"
    DEADLOCK = "rolled back in favour of another; worth running again at once"
    LOCKED = "somebody else holds a lock for too long"
    DATA = "one of the calls brought data that the database does not take"
    REFUSED = "the database will not do it, however often it is asked"


@dataclass(frozen=True)
class Dialect:
    """
    How one kind of database is spoken to.
    """

    fragments: ClassVar[Mapping[str, str]]
    session: ClassVar[Sequence[str]] = ()
    """The settings of every connection; in braces what the deadlines fill in."""

    lookups: ClassVar[Sequence[str]] = ()
    """More settings, for connections whose statements find every row by an index."""

    forget_plans: ClassVar[str | None] = None
    """Has such a connection plan its statements anew; None if it does so by itself."""

    connect: ClassVar[Mapping[str, Any]] = {}
    engine: ClassVar[Mapping[str, Any]] = {}
    """What SQLAlchemy's engine is told."""

    begin: ClassVar[str] = "BEGIN"
    batch_rows: ClassVar[int] = 1000
    """Rows that are written in one commit at the most."""

    name_bytes: ClassVar[int] = 250_000_000
    """The longest name that a column holds, in bytes of UTF-8."""

    waits_for_locks: ClassVar[bool] = True
    """False if Headwater waits for locks by itself: there is one, and who has it writes alone."""

    set_up_alone: ClassVar[tuple[str, str] | None] = None
    """How to get (the answer is 1) and give back the right to set up; None if the transaction is enough."""

    has_transactional_schema: ClassVar[bool] = True
    """False if every CREATE TABLE commits by itself."""

    prepare_set_up: ClassVar[Sequence[str]] = ()

    writes_in_with: ClassVar[bool] = False
    """True if one statement can look, write by what it saw, and answer both."""

    wake_others: ClassVar[str | None] = None
    """Tells all who listen that something became free; None if nobody can."""

    guest: ClassVar[Sequence[str]] = ()
    """What is set on a connection that is borrowed from another program's pool;"""

    guest_leaves: ClassVar[Sequence[str]] = ()
    """and how it is undone before the connection is given back."""

    before_guests_transaction: ClassVar[Sequence[str]] = ()
    """What holds for the next transaction of such a connection alone."""

    returning: bool = True
    """False if INSERT … RETURNING is not to be had (MySQL)."""

    deadlines: Deadlines = USUAL

    @property
    def waits(self) -> Mapping[str, Any]:
        """
        How long the driver waits, as it is told when it connects.
        """
        return {}

    def wait_at_most(self, connection: Any, seconds: float) -> None:
        pass

    def parameter(self, name: str) -> str:
        return f"%({name})s"

    def listed(self, values: list[Any]) -> Any:
        return values

    def trouble(self, error: BaseException) -> Trouble:
        raise NotImplementedError

    def among(self, parameter: str) -> str:
        raise NotImplementedError

    def given(self, columns: Sequence[tuple[str, str]]) -> str:
        raise NotImplementedError

    def or_keep(self, table: str, column: str) -> str:
        return f"ON CONFLICT ({column}) DO NOTHING"

    def or_replace(self, table: str, column: str, others: Sequence[str]) -> str:
        replaced = ", ".join(f"{other} = excluded.{other}" for other in others)
        return f"ON CONFLICT ({column}) DO UPDATE SET {replaced}"

    def or_newer(self, table: str, column: str, others: Sequence[str]) -> str:
        return f"{self.or_replace(table, column, others)} WHERE {table}.{others[-1]} <= excluded.{others[-1]}"


def as_json(value: object) -> str:
    """
    Encode a value as JSON text.
    """
    return msgspec.json.encode(value).decode()
