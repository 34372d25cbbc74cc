"""Checks that somebody asked for, and what a poll has to know before it begins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from headwater.errors import CheckUndoneError
from headwater.store.edits import numbered
from headwater.store.settings import from_row
from headwater.values import Brief

if TYPE_CHECKING:
    from headwater.store.attempt import Attempt
    from headwater.store.session import Session


class Asked(Struct, frozen=True):
    """
    One call of `ask_check`.
    """

    ids: tuple[int, ...]
    from_: str | None


_ASK = "UPDATE source_settings SET checks_wanted = checks_wanted + 1, version = :number WHERE changesourceid IN :ids"

# MariaDB sets one column after the other, and the last ones by the new number.
_ASK_FROM = """
    UPDATE source_settings
    SET check_from = :from_, check_from_number = checks_wanted + 1, checks_wanted = checks_wanted + 1, version = :number
    WHERE changesourceid IN :ids"""

_STILL_FROM = """
    SELECT w.changesourceid, w.check_from
    FROM source_settings w LEFT JOIN conditions c ON c.changesourceid = w.changesourceid AND c.changesourceid IN :ids
    WHERE w.changesourceid IN :ids AND w.check_from IS NOT NULL AND w.check_from_number > COALESCE(c.checks_done, 0)
    ORDER BY w.changesourceid"""

_LOCK = """
    SELECT changesourceid FROM source_settings
    WHERE changesourceid IN :ids ORDER BY changesourceid {for_update}"""

_WANTED = "SELECT changesourceid, checks_wanted FROM source_settings WHERE changesourceid IN :ids"

_BRIEF = """
    SELECT s.id, s.name, w.kind, w.url, w.host, w.options, w.baselined_at, w.selection, w.checks_wanted, w.check_from,
           w.check_from_number
    FROM source_settings w JOIN changesources s ON s.id = w.changesourceid AND s.id IN :ids
    WHERE w.changesourceid IN :ids"""

_POSITIONS = "SELECT changesourceid, ref, oid FROM positions WHERE changesourceid IN :ids"


def ask_check(session: Session, calls: Sequence[Asked], attempt: Attempt) -> list[dict[int, int] | CheckUndoneError]:
    """
    Ask for a check of each source; return its number by the source, for those that are there.

    After a lost answer it is run again as it is, which may ask twice: one check answers both. What is to be told from
    one commit on is told before anybody may ask for it from another one on.
    """
    return [_ask(session, call) for call in calls]


def brief(session: Session, calls: Sequence[int], attempt: Attempt) -> list[Brief | None]:
    """
    Return what a poll of each source has to know; None for one without settings.
    """
    found = {row[0]: row for row in session.rows(_BRIEF, ids=sorted(set(calls)))}
    positions: dict[int, dict[str, str]] = {id_: {} for id_, row in found.items() if row[6] is not None}
    if positions:
        for id_, ref, oid in session.rows(_POSITIONS, ids=list(positions)):
            positions[id_][ref] = oid
    return [_brief(found[id_], positions.get(id_)) if id_ in found else None for id_ in calls]


def _ask(session: Session, call: Asked) -> dict[int, int] | CheckUndoneError:
    wanted: dict[int, int] = {}
    with session.transaction():
        there = [id_ for (id_,) in session.rows(_LOCK, ids=sorted(call.ids))]
        rows = session.rows(_STILL_FROM, ids=there) if there and call.from_ is not None else []
        still: dict[int, str] = dict(rows)
        for id_, from_ in still.items():
            if from_ != call.from_:
                return CheckUndoneError(id_, from_)
        for number, ids in numbered(session, there).items():
            # Where it is to be told from the same commit on already, it is told once. A second update of one row would
            # have PostgreSQL lock the source again, out of order.
            if plain := [id_ for id_ in ids if call.from_ is None or id_ in still]:
                session.count(_ASK, ids=plain, number=number)
            if anew := [id_ for id_ in ids if call.from_ is not None and id_ not in still]:
                session.count(_ASK_FROM, ids=anew, number=number, from_=call.from_)
            wanted |= dict(session.rows(_WANTED, ids=ids))
    return wanted


def _brief(row: Sequence[Any], refs: dict[str, str] | None) -> Brief:
    _, name, kind, url, host, options, _, selection, wanted, from_, from_number = row
    return Brief(
        name=name,
        settings=from_row(kind, url, host, options),
        refs=refs,
        selection=selection,
        checks_wanted=wanted,
        check_from=from_,
        check_from_number=from_number,
    )
