"""What a check would tell, counted and not recorded: looked at from here, with a cache that is gone afterwards."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from msgspec import Struct, structs

from headwater.cli.configuration import Configuration
from headwater.cli.looking import look, with_source
from headwater.errors import SourceError
from headwater.running.rebasing import rebased
from headwater.sources.base import Backfilling, ChangeSource, moves
from headwater.values import Brief, Commit, Move


class Counted(Move, frozen=True, kw_only=True):
    """
    A move that would be recorded, and how many commits with it.
    """

    commit_count: int


class Trial(Struct, frozen=True, kw_only=True):
    """
    What would be told of a source.
    """

    refs: int
    """How many refs are watched."""
    is_first: bool
    """Whether nobody has looked before: then what is there is no news."""
    changes: tuple[Counted, ...] = ()


def trial(brief: Brief, configuration: Configuration, *, from_: str | None) -> Trial:
    """
    Look, and count what would be told; with `from_`, what would be told again since that commit.

    Raises:
        SourceError: it cannot be looked at from here, or nobody has that commit.
    """
    return with_source(
        brief.name,
        brief.settings,
        configuration,
        lambda source: _again(source, brief, from_) if from_ is not None else _news(source, brief),
    )


async def _news(source: ChangeSource, brief: Brief) -> Trial:
    seen = await look(source, brief.settings)
    if brief.refs is None:
        return Trial(refs=len(seen), is_first=True)
    position = rebased(brief, seen).position
    moved, known = moves(position, seen), frozenset(position.values())
    told = [(move, source.commits(move, known)) for move in (await source.fetch(moved, known) if moved else ())]
    return Trial(refs=len(seen), is_first=False, changes=await _counted(told))


async def _again(source: ChangeSource, brief: Brief, rev: str) -> Trial:
    if not isinstance(source, Backfilling):
        raise SourceError(brief.name, f"sources of kind {brief.settings.kind} cannot tell again what they have told")
    seen = await look(source, brief.settings)
    told = [(move, source.commits_since(move)) for move in await source.since(rev, seen)]
    return Trial(refs=len(seen), is_first=False, changes=await _counted(told))


async def _counted(told: Sequence[tuple[Move, AsyncGenerator[Commit]]]) -> tuple[Counted, ...]:
    return tuple([Counted(**structs.asdict(move), commit_count=await _length(commits)) for move, commits in told])


async def _length(commits: AsyncGenerator[Commit]) -> int:
    async with aclosing(commits):
        return sum([1 async for _ in commits])
