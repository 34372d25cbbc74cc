"""Have a position speak of other refs, because the settings name others: that alone is no change of any ref."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from headwater.errors import ClaimLostError
from headwater.store.arguments import hash_of
from headwater.store.changes import hold_fences
from headwater.values import Fence

if TYPE_CHECKING:
    from headwater.store.attempt import Attempt
    from headwater.store.session import Session


class Rebase(Struct, frozen=True):
    """
    One call of `rebase`: a slice of the refs. Only the last one says which refs the position speaks of from now on.
    """

    fence: Fence
    add: dict[str, str]
    drop: tuple[str, ...]
    selection: str | None


_DROP = "DELETE FROM positions WHERE changesourceid = :source AND ref_hash IN :hashes"

_ADD = """
    INSERT INTO positions (changesourceid, ref_hash, ref, oid)
    SELECT g.source, g.hash, g.ref, g.oid FROM {given: source int, hash text, ref text, oid text} AS g"""

_SELECT = "UPDATE source_settings SET selection = :selection WHERE changesourceid = :source"


def rebase(session: Session, calls: Sequence[Rebase], attempt: Attempt) -> list[ClaimLostError | None]:
    """
    Add refs to positions where they are now, and drop others, under the same fence as changes.

    After a lost answer, or after a holder that was interrupted between two slices, it is run again as it is.
    """
    with session.transaction():
        fenced = hold_fences(session, [call.fence for call in calls])
        for call in calls:
            if call.fence in fenced:
                _rebase(session, call)
    return [
        None if call.fence in fenced else ClaimLostError(call.fence.source, call.fence.master, call.fence.token)
        for call in calls
    ]


def _rebase(session: Session, call: Rebase) -> None:
    source = call.fence.source
    if call.selection is not None:
        session.count(_SELECT, source=source, selection=call.selection)
    if hashes := [hash_of(ref) for ref in (*call.add, *call.drop)]:
        session.count(_DROP, source=source, hashes=sorted(hashes))
    rows = [{"source": source, "hash": hash_of(ref), "ref": ref, "oid": oid} for ref, oid in call.add.items()]
    if rows:
        session.count(_ADD, rows=rows)
