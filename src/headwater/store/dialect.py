"""What a dialect has to say: how one kind of database is spoken to."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import msgspec


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
    """False if Headwater waits for locks by itself."""

    set_up_alone: ClassVar[tuple[str, str] | None] = None
    """How to get (the answer is 1) and give back the right to set up; None if the transaction is enough."""

    has_transactional_schema: ClassVar[bool] = True
    """False if every CREATE TABLE commits by itself."""

    prepare_set_up: ClassVar[Sequence[str]] = ()

    writes_in_with: ClassVar[bool] = False
    """True if one statement can look, write by what it saw, and answer both."""

    wake_others: ClassVar[str | None] = None
    """Tells all who listen that something became free; None if nobody can."""

    returning: bool = True
    """False if INSERT … RETURNING is not to be had (MySQL)."""

    def wait_longer(self, connection: Any, seconds: float) -> None:
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


def as_json(value: object) -> str:
    """
    Encode a value as JSON text.
    """
    return msgspec.json.encode(value).decode()
