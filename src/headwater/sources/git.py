"""A git repository as a change source, watched by git's own program."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import aclosing
from pathlib import Path

from msgspec.structs import replace

from headwater.errors import SourceError
from headwater.sources import gitlog
from headwater.sources.gitcache import GitCache
from headwater.sources.gitcommand import Git
from headwater.sources.giturl import folder_name, redact, refusal
from headwater.values import Commit, Move


class GitSource:
    """
    The branches of a git repository.

    Which commits a move brought stays exact on a host that has never seen the repository: old tips are fetched by
    their ids. If the host of the repository no longer has one of them, nobody can tell what is new since, and only
    the tip is told; never the whole history as if it were new.

    Args:
        url: a URL that git understands, or an absolute path.
        cache: the folder under which the source keeps its commits; it may be deleted at any time.
        name: how errors call the source; its URL (without user and password) if not given.
        timeout: seconds without a sign of life after which a git command is killed.
    """

    def __init__(self, url: str, *, cache: Path, name: str | None = None, timeout: float = 60.0) -> None:
        self.name = redact(url) if name is None else name
        if problem := refusal(url):
            raise SourceError(self.name, problem)
        self._url = url
        self._git = Git(source=self.name, patience=timeout)
        self._cache = GitCache(cache.absolute() / folder_name(self.name, url), url=url, git=self._git)

    async def look(self) -> Mapping[str, str]:
        """
        Return every branch with the id of its tip.
        """
        outcome = await self._git.run("ls-remote", "--heads", "--", self._url, traced=True)
        seen = gitlog.refs(self._git.check(outcome))
        self._cache.filtering = gitlog.spoke_git(outcome.errors)
        return seen

    async def fetch(self, moves: Sequence[Move], known: Collection[str]) -> Sequence[Move]:
        """
        Get the commits that tell what the moves brought; return the moves with `forced` filled in.
        """
        have = await self._bring(moves, known)
        return [replace(move, forced=await self._is_forced(move, have)) for move in moves]

    async def _bring(self, moves: Sequence[Move], known: Collection[str]) -> frozenset[str]:
        tips = {move.ref: move.after for move in moves if move.after is not None}
        if not tips:
            return frozenset()
        await self._cache.bring(tips)
        old = frozenset[str]().union(*(seen_before(move, known) for move in moves if move.after is not None))
        await self._cache.bring_if_there(old - await self._cache.present(old))
        have = await self._cache.present({*tips.values(), *old})
        if not have.issuperset(tips.values()):
            raise SourceError(self.name, "its cache was removed while it was being read")
        return have

    async def _is_forced(self, move: Move, have: Collection[str]) -> bool:
        if move.before is None or move.after is None:
            return False
        return move.before not in have or not await self._cache.is_ancestor(move.before, move.after)

    async def commits(self, move: Move, known: Collection[str]) -> AsyncGenerator[Commit]:
        """
        Yield the commits that a move brought, oldest first; while none is asked for, git waits.
        """
        if move.after is None:
            return
        old = seen_before(move, known)
        have = await self._cache.present({move.after, *old})
        if not have.issuperset({move.after, *old}):  # the cache may have been removed after `fetch`
            have = await self._bring([move], known)
        async with aclosing(self._log(move.after, old, have)) as log:
            async for commit in log:
                yield commit

    def _log(self, tip: str, old: Collection[str], have: Collection[str]) -> AsyncGenerator[Commit]:
        if all(oid in have for oid in old):
            return self._cache.log(tip, without=old)
        return self._cache.log(tip, without=(), at_most=1)


def seen_before(move: Move, known: Collection[str]) -> frozenset[str]:
    """
    Tell whose histories a move brings nothing new of: the ref's old tip, or all tips if the ref is new.
    """
    return frozenset(known) if move.before is None else frozenset({move.before})
