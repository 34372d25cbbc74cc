"""The protocol of a change source: look, fetch what moved, tell the commits; it stores nothing."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from typing import Protocol, runtime_checkable

from headwater.values import Commit, Move


class ChangeSource(Protocol):
    """
    Something that can be looked at, again and again, for moves of its refs.

    What it has seen (its position, ``{ref: object id}``) is kept by the caller, in the database, and handed in;
    the object itself may be thrown away after any poll and built anew on another host.
    A call that is cancelled ends the processes that it started before it returns.
    """

    async def look(self) -> Mapping[str, str]:
        """
        Return every ref that is there now with its object id; raise `SourceError` if it cannot be told.
        """

    async def fetch(self, moves: Sequence[Move], known: Collection[str]) -> Sequence[Move]:
        """
        Get what is needed to tell the commits of these moves; return them with all that is known of them now.

        Args:
            moves: how the refs moved, as `moves` tells it.
            known: the object ids that all refs pointed to before the poll.
        """

    def commits(self, move: Move, known: Collection[str]) -> AsyncGenerator[Commit]:
        """
        Yield the commits that this move brought, oldest first.

        Who stops before the end closes the generator (`contextlib.aclosing`), which ends its processes.

        Args:
            move: one of those that `fetch` returned.
            known: as given to `fetch`; a new ref brings what none of them has.
        """


@runtime_checkable
class Backfilling(ChangeSource, Protocol):
    """
    A change source that can tell again what was told, or was there before anybody watched.
    """

    async def since(self, rev: str, tips: Mapping[str, str]) -> Sequence[Move]:
        """
        Return, for each of these refs whose history has a commit, the move from that commit to the ref's tip.

        Args:
            rev: the commit; its id, or the beginning of its id.
            tips: the refs, each with its object id.

        Raises:
            SourceError: no ref has it.
        """

    def commits_since(self, move: Move) -> AsyncGenerator[Commit]:
        """
        Yield the commits of such a move, oldest first: the one that it begins with, and all that came after it.
        """


def moves(position: Mapping[str, str], seen: Mapping[str, str]) -> list[Move]:
    """
    Tell how the refs moved from `position` to `seen`, in the order of their names.
    """
    refs = sorted(position.keys() | seen.keys())
    return [
        Move(ref=ref, before=position.get(ref), after=seen.get(ref))
        for ref in refs
        if position.get(ref) != seen.get(ref)
    ]
