"""What is left of a source that is removed: its changes and its history for a while, under its id and its last name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from headwater.store.settings import KEEP, keep_milliseconds
from headwater.values import Settings

if TYPE_CHECKING:
    from headwater.store.session import Session

_REMEMBER = """
    INSERT INTO removed_sources (id, name, removed_at, kept_until)
    SELECT s.id, s.name, t.now, t.now + g.keep
    FROM {given: id int, keep bigint} AS g JOIN changesources s ON s.id = g.id CROSS JOIN (SELECT {now} AS now) AS t
    WHERE 1 = 1 ORDER BY s.id"""

_FORGET_POSITIONS = "DELETE FROM positions WHERE changesourceid IN :ids"

# Its settings, its condition and its place among the claims go with it.
_DELETE = "DELETE FROM changesources WHERE id IN :ids"


def remove(session: Session, settings: Mapping[int, Settings | None]) -> None:
    """
    Remove sources that nobody holds, and whose rows this transaction has locked.
    """
    if not settings:
        return
    ids = sorted(settings)
    rows = [{"id": id_, "keep": KEEP if (one := settings[id_]) is None else keep_milliseconds(one)} for id_ in ids]
    session.count(_REMEMBER, rows=rows)
    session.count(_FORGET_POSITIONS, ids=ids)
    session.count(_DELETE, ids=ids)
