"""The place in a feed that a Buildbot has come to, moved in the very transaction that adds a change to Buildbot."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from msgspec import Struct, structs
from sqlalchemy import Connection, Engine, Insert, event, text

from headwater.errors import HeadwaterError, SchemaError
from headwater.store.engine import shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

KEY = "place"
"""The name of the row in Buildbot's table of states."""

PROPERTY = "headwater"
"""The property of a Buildbot change by which its insertion is known."""

_MOVE = text("""
    UPDATE object_state SET value_json = :new WHERE objectid = :objectid AND name = :key AND value_json = :old""")

_BUILDSETS = text("SELECT COUNT(*) FROM buildset_sourcestamps WHERE sourcestampid = :ssid")

_CLASSIFIED = text("SELECT COUNT(*) FROM scheduler_changes WHERE changeid = :changeid")

_WITHOUT_TRANSACTIONS = text("""
    SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() AND engine <> 'InnoDB'
    AND table_name IN ('changes', 'change_properties', 'object_state') ORDER BY table_name""")


class PlaceMovedError(HeadwaterError):
    """
    Somebody else has moved the place meanwhile: nothing of this transaction is kept.
    """

    def __str__(self) -> str:
        return "another Buildbot master adds the changes of this feed too: what it has added is not added again"


class Place(Struct, frozen=True, array_like=True):
    """
    What is to be added next.
    """

    number: int
    """Of the change; all before it are done with."""
    first: int = 0
    """The ordinal of its first commit that is not added yet."""
    changeid: int | None = None
    """The Buildbot change that was added last, until the schedulers have certainly heard of it."""

    @property
    def text(self) -> str:
        """
        Itself as Buildbot writes it down.
        """
        return json.dumps([self.number, self.first, self.changeid])


class Step(Struct):
    """
    From where to where the place moves with one Buildbot change, which is known by the value of its property.
    """

    objectid: int
    marker: str
    old: Place
    new: Place
    taken: Place | None = None
    """Where the place is now; None as long as Buildbot has not inserted that change."""


class Places:
    """
    Moves places inside of Buildbot's own transactions.

    Buildbot commits each change alone, and knows no key by which the same one could not come twice. So whoever adds
    a change has the place moved, from where it was read, by the transaction that inserts the change: both are kept
    or neither, and of two masters that add the same one only the first gets through.

    Args:
        engine: Buildbot's.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._expected: dict[str, Step] = {}
        event.listen(engine, "before_execute", self._look)

    def close(self) -> None:
        """
        Look at Buildbot's statements no longer.
        """
        event.remove(self._engine, "before_execute", self._look)

    def expect(self, step: Step) -> None:
        """
        Take the step when a change with its marker is inserted.
        """
        self._expected[_as_inserted(step.marker)] = step

    def forget(self, step: Step) -> None:
        """
        Expect that change no more.
        """
        del self._expected[_as_inserted(step.marker)]

    def _look(
        self,
        connection: Connection,
        statement: Any,
        many: Sequence[Mapping[str, Any]],
        one: Mapping[str, Any],
        _options: Mapping[str, Any],
    ) -> None:
        if not isinstance(statement, Insert) or getattr(statement.table, "name", None) != "change_properties":
            return
        for row in many or [one]:
            if row["property_name"] == PROPERTY and (step := self._expected.get(row["property_value"])):
                new = structs.replace(step.new, changeid=row["changeid"])
                _take(connection, step.objectid, step.old, new)
                step.taken = new


def check(connection: Connection) -> None:
    """
    Look whether Buildbot's tables have transactions: on MySQL it makes them without unless told otherwise.

    Raises:
        SchemaError: they have none, so that a change could be kept without the place.
    """
    if not is_mysql(connection.engine):
        return
    if tables := list(connection.execute(_WITHOUT_TRANSACTIONS).scalars()):
        cure = " ".join(f"ALTER TABLE {name} ENGINE=InnoDB;" for name in tables)
        raise SchemaError(shown(connection.engine.url), f"changes come once only into InnoDB tables; run: {cure}")


def is_mysql(engine: Engine) -> bool:
    """
    Tell whether it is MySQL or MariaDB, with which Buildbot speaks an UTF-8 of no more than three bytes.
    """
    return engine.dialect.name in {"mysql", "mariadb"}


def move(connection: Connection, objectid: int, old: Place, new: Place) -> None:
    """
    Move a place without adding a change.

    Raises:
        PlaceMovedError: it is not where it was.
    """
    _take(connection, objectid, old, new)
    connection.commit()


def is_handled(connection: Connection, changeid: int, ssid: int) -> bool:
    """
    Tell whether a scheduler has done anything about a Buildbot change with this source stamp.
    """
    found = connection.execute(_BUILDSETS, {"ssid": ssid}).scalar_one()
    return bool(found or connection.execute(_CLASSIFIED, {"changeid": changeid}).scalar_one())


def _as_inserted(marker: str) -> str:
    """
    Return the value of a property as Buildbot writes it down: with where it comes from.
    """
    return json.dumps((marker, "Change"))


def _take(connection: Connection, objectid: int, old: Place, new: Place) -> None:
    values = {"objectid": objectid, "key": KEY, "old": old.text, "new": new.text}
    if old != new and connection.execute(_MOVE, values).rowcount != 1:
        raise PlaceMovedError
