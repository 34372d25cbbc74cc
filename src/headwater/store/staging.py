"""Commits on their way into a change: put where its transaction finds them, and swept if that never came."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct, structs

from headwater.values import Commit, Fence

if TYPE_CHECKING:
    from headwater.store.attempt import Attempt
    from headwater.store.session import Rows, Session


class Staged(Struct, frozen=True):
    """
    One call of `stage`: commits of a move that is not decided yet, and the ordinal of the first of them.
    """

    fence: Fence
    move: int
    first: int
    commits: tuple[Commit, ...]


_AT_ONCE = 1000
"""Rows that one statement deletes."""

# What was staged before is there still if this is a second try.
_STAGE = """
    INSERT {ignore} INTO commits (changesourceid, token, move, ordinal, oid, parents, author, author_email,
                                  authored_at, committer, committer_email, committed_at, message, lossy)
    SELECT g.source, g.token, g.move, g.ordinal, g.oid, g.parents, g.author, g.author_email,
           g.authored_at, g.committer, g.committer_email, g.committed_at, g.message, g.lossy
    FROM {given: source int, token bigint, move int, ordinal int, oid text, parents text, author text, \
author_email text, authored_at bigint, committer text, committer_email text, committed_at bigint, message text, \
lossy int} AS g
    WHERE 1 = 1 {or_nothing}"""

# The deciding transaction of an older token cannot come any more. Each move is looked at once, by its first commit, and
# not by all that it has.
_LEFT = """
    SELECT m.token, m.move FROM commits m
    WHERE m.changesourceid = :source AND m.token <= :token AND m.ordinal = 0 AND NOT EXISTS (
        SELECT 1 FROM changes c
        WHERE c.changesourceid = m.changesourceid AND c.token = m.token AND c.move = m.move)"""

_LOCK_CLAIM = "SELECT masterid FROM changesource_masters WHERE changesourceid = :source {for_update}"

_NEWEST = """
    SELECT ordinal FROM commits WHERE changesourceid = :source AND token = :token AND move = :move
    ORDER BY ordinal DESC LIMIT 1"""

_DELETE = "DELETE FROM commits WHERE changesourceid = :source AND token = :token AND move IN :moves"

_DELETE_FROM = """
    DELETE FROM commits WHERE changesourceid = :source AND token = :token AND move = :move AND ordinal >= :ordinal"""


def stage(session: Session, calls: Sequence[Staged], attempt: Attempt) -> list[None]:
    """
    Put commits where the transaction that records their move will find them.
    """
    session.count(_STAGE, rows=[row for call in calls for row in _rows(call)])
    return [None for _ in calls]


def sweep(session: Session, calls: Sequence[Fence], attempt: Attempt) -> list[None]:
    """
    Delete what earlier holders, or this one, staged and never recorded.
    """
    for fence in calls:
        for token, move in _left(session, fence):
            delete_commits(session, fence.source, token, [move])
    return [None for _ in calls]


def _left(session: Session, fence: Fence) -> Rows:
    left = session.rows(_LEFT, source=fence.source, token=fence.token)
    if all(token < fence.token for token, _ in left):
        return left
    # Of our own token a deciding transaction may be on its way still, though its answer was lost. It has shared the
    # lock on the claim since before its COMMIT was sent: once the lock is ours alone, the change is there or never
    # comes, and a new statement sees which. So nobody has to remember what was sent, through whatever went wrong.
    with session.transaction():
        session.rows(_LOCK_CLAIM, source=fence.source)
        return session.rows(_LEFT, source=fence.source, token=fence.token)


def delete_commits(session: Session, source: int, token: int, moves: Iterable[int]) -> None:
    """
    Delete the commits of moves under one claim, in slices; the first of each move goes last.
    """
    moves = list(moves)
    for move in moves:
        newest = session.rows(_NEWEST, source=source, token=token, move=move)
        for ordinal in range((newest[0][0] if newest else 0) - _AT_ONCE, 0, -_AT_ONCE):
            session.count(_DELETE_FROM, source=source, token=token, move=move, ordinal=ordinal)
    session.count(_DELETE, source=source, token=token, moves=moves)


def _rows(call: Staged) -> list[dict[str, Any]]:
    place = {"source": call.fence.source, "token": call.fence.token, "move": call.move}
    return [
        {
            **place,
            "ordinal": ordinal,
            **structs.asdict(commit),
            "parents": " ".join(commit.parents),
            "lossy": int(commit.lossy),
        }
        for ordinal, commit in enumerate(call.commits, start=call.first)
    ]
