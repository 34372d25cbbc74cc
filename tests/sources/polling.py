"""Polls as the runner makes them, with the position in the test's hands."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from msgspec import Struct

from headwater.sources.base import ChangeSource, moves
from headwater.values import Commit, Move


class Told(Struct, frozen=True):
    """
    A move, and the commits that it is said to have brought.
    """

    move: Move
    commits: list[Commit]

    @property
    def messages(self) -> list[str]:
        """
        The commits' messages, in the order in which they were told.
        """
        return [commit.message for commit in self.commits]


def look(source: ChangeSource) -> Mapping[str, str]:
    """
    Return what the source sees now: the position after a first poll.
    """
    return asyncio.run(source.look())


def poll(source: ChangeSource, position: Mapping[str, str]) -> list[Told]:
    """
    Tell what happened since a position.
    """
    return asyncio.run(_poll(source, position))


async def _poll(source: ChangeSource, position: Mapping[str, str]) -> list[Told]:
    known = position.values()
    judged = await source.fetch(moves(position, await source.look()), known)
    return [Told(move, [commit async for commit in source.commits(move, known)]) for move in judged]
