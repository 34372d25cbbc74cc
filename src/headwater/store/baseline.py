"""Record what a source shows at first sight: its refs become the position, and no change is made of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from headwater.errors import ClaimLostError, NotWatchedError
from headwater.store.arguments import hash_of
from headwater.store.changes import hold_fences
from headwater.values import Fence

if TYPE_CHECKING:
    from headwater.store.attempt import Attempt
    from headwater.store.session import Session


class Baseline(Struct, frozen=True):
    """
    One call of `baseline`: a slice of the refs. The first empties the position, the last one makes it count.
    """

    fence: Fence
    refs: dict[str, str]
    is_first: bool
    is_last: bool
    selection: str | None = None
    """Which refs these are."""


# Left by a holder that was interrupted between two slices.
_EMPTY = "DELETE FROM positions WHERE changesourceid = :source"

_INSERT = """
    INSERT {ignore} INTO positions (changesourceid, ref_hash, ref, oid)
    SELECT g.source, g.hash, g.ref, g.oid FROM {given: source int, hash text, ref text, oid text} AS g
    WHERE 1 = 1 {or_nothing}"""

_WATCHED = "SELECT changesourceid FROM source_settings WHERE changesourceid IN :ids"

_DONE = """
    UPDATE source_settings SET baselined_at = {now}, selection = :selection
    WHERE changesourceid = :source AND baselined_at IS NULL"""


def baseline(
    session: Session, calls: Sequence[Baseline], attempt: Attempt
) -> list[ClaimLostError | NotWatchedError | None]:
    """
    Set positions as first seen, under the same fence as changes; run again as it is after a lost answer.
    """
    with session.transaction():
        fenced = hold_fences(session, [call.fence for call in calls])
        watched = {id_ for (id_,) in session.rows(_WATCHED, ids=sorted({call.fence.source for call in calls}))}
        for call in calls:
            if call.fence in fenced and call.fence.source in watched:
                _set(session, call)
    return [_answer(call.fence, fenced, watched) for call in calls]


def _answer(fence: Fence, fenced: set[Fence], watched: set[int]) -> ClaimLostError | NotWatchedError | None:
    if fence not in fenced:
        return ClaimLostError(fence.source, fence.master, fence.token)
    return None if fence.source in watched else NotWatchedError(fence.source)


def _set(session: Session, call: Baseline) -> None:
    source = call.fence.source
    rows = [{"source": source, "hash": hash_of(ref), "ref": ref, "oid": oid} for ref, oid in call.refs.items()]
    if call.is_first:
        session.count(_EMPTY, source=source)
    if rows:
        session.count(_INSERT, rows=rows)
    if call.is_last:
        session.count(_DONE, source=source, selection=call.selection)
