"""A git repository as a change source, watched by git's own program."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import aclosing

from msgspec.structs import replace

from headwater.errors import NotAllowedError, SourceError, UnreachableError
from headwater.sources import disk, gitlog, giturl, selection
from headwater.sources.gitcache import GitCache
from headwater.sources.gitcommand import Git
from headwater.sources.login import Login
from headwater.sources.selection import BRANCHES, TAGS, selection_of
from headwater.sources.workplace import Workplace
from headwater.values import Commit, Move, Settings

MOST_OF_A_NEW_REF = 1_000
"""Commits: what is new on a ref that is new may be the whole history of a project."""

_ID = re.compile(r"[0-9a-fA-F]{4,64}")


class GitSource:
    """
    The branches of a git repository.

    Which commits a move brought stays exact on a host that has never seen the repository: old tips are fetched by
    their ids. If nobody has the old tip of a ref any more, nobody can tell what is new since, and only its new tip is
    told; never the whole history as if it were new. A ref that is new brings what none of the old tips that are left
    has in its history.

    Args:
        settings: what is watched.
        workplace: what the master lends; the cache may be deleted at any time.
    """

    def __init__(self, settings: Settings, workplace: Workplace) -> None:
        self.name = workplace.name
        url = settings.url
        if problem := giturl.refusal(url) or selection.refusal(settings):
            raise NotAllowedError(self.name, problem)
        if settings.credential is not None:
            workplace.credentials.check(self.name, settings.credential, url)
        self._settings = settings
        self._workplace = workplace
        self._selection = selection_of(settings)
        self._git = Git(workplace, login=self._login, credential=settings.credential)
        folder = workplace.cache.absolute() / giturl.folder_name(self.name, url)
        self._cache = GitCache(folder, url=url, git=self._git)
        # Old tips that nobody had when `fetch` judged the moves: their commits are told as they were counted.
        self._gone = frozenset[str]()

    async def _login(self) -> Login:
        name = self._settings.credential
        if name is None:
            return Login()
        return await self._workplace.credentials.login(self.name, name, self._settings.url)

    async def look(self) -> Mapping[str, str]:
        """
        Return every ref that is watched with the id of what it points to.
        """
        await self._check_place()
        outcome = await self._git.probe("ls-remote", "--refs", *self._kinds(), "--", self._settings.url)
        seen = gitlog.refs(self._git.check(outcome))
        self._cache.filtering = gitlog.spoke_git(outcome.errors)
        return {ref: oid for ref, oid in seen.items() if self._selection.has(ref)}

    async def _check_place(self) -> None:
        """
        Refuse a path that this master may not read; it is looked up each time, for links change.
        """
        url, roots, patience = self._settings.url, self._workplace.roots, self._workplace.timeout
        if giturl.local_path(url) is None:
            return
        try:
            problem = await disk.answer(lambda: giturl.outside(url, roots), patience=patience)
        except TimeoutError as error:  # on a disk of a host that is away
            raise UnreachableError(self.name, f"{url} could not be looked up within {patience:g} s") from error
        if problem:
            raise NotAllowedError(self.name, problem)

    def _kinds(self) -> Sequence[str]:
        """
        Ask for no more than can be watched: of branches, tags and all the rest, git can leave out the rest.
        """
        if not self._selection.lies_in(BRANCHES, TAGS):
            return ()
        folders = {"--heads": BRANCHES, "--tags": TAGS}
        return [option for option, folder in folders.items() if self._selection.reaches(folder)]

    async def fetch(self, moves: Sequence[Move], known: Collection[str]) -> Sequence[Move]:
        """
        Get the commits that tell what the moves brought; return the moves with what became of the old ones.
        """
        have = await self._bring(moves, known)
        self._gone = _all_seen_before(moves, known) - have
        return [await self._judged(move, seen_before(move, known), have) for move in moves]

    async def _bring(self, moves: Sequence[Move], known: Collection[str]) -> frozenset[str]:
        tips = {move.ref: move.after for move in moves if move.after is not None}
        if not tips:
            return frozenset()
        await self._cache.bring(tips)
        old = _all_seen_before(moves, known)
        await self._cache.bring_if_there(old - await self._cache.present(old))
        have = await self._cache.present({*tips.values(), *old})
        if not have.issuperset(tips.values()):
            raise SourceError(self.name, "its cache was removed while it was being read")
        return have

    async def _judged(self, move: Move, old: frozenset[str], have: frozenset[str]) -> Move:
        if move.after is None:
            return move
        left = old & have
        if old and not left:
            return replace(move, forced=move.before is not None, history_lost=True)
        if move.before is None:
            brought = await self._cache.count(move.after, without=left, first_parent=self._settings.first_parent)
            return replace(move, left_out=max(0, brought - MOST_OF_A_NEW_REF))
        dropped = await self._cache.count(move.before, without={move.after})
        # A tag is not meant to move: git, too, moves one by force only.
        return replace(move, forced=dropped > 0 or move.ref.startswith(TAGS), dropped=dropped)

    async def commits(self, move: Move, known: Collection[str]) -> AsyncGenerator[Commit]:
        """
        Yield the commits that a move brought, oldest first; while none is asked for, git waits.
        """
        if move.after is None:
            return
        old = frozenset() if move.history_lost else seen_before(move, known) - self._gone
        wanted = {move.after, *old}
        if not wanted.issubset(await self._cache.present(wanted)):  # the cache may have been removed after `fetch`
            await self._bring_again(move, known, wanted)
        async with aclosing(self._log(move.after, old, at_most=_at_most(move))) as log:
            async for commit in log:
                yield commit

    async def _bring_again(self, move: Move, known: Collection[str], wanted: Collection[str]) -> None:
        have = await self._bring([move], known)
        if not have.issuperset(wanted):
            raise SourceError(self.name, "the host no longer has what it had a moment ago; the next poll will tell")

    def _log(self, tip: str, old: Collection[str], *, at_most: int | None = None) -> AsyncGenerator[Commit]:
        return self._cache.log(tip, without=old, at_most=at_most, first_parent=self._settings.first_parent)

    async def since(self, rev: str, tips: Mapping[str, str]) -> Sequence[Move]:
        """
        Return, for each of these refs whose history has a commit, the move from that commit to the ref's tip.
        """
        if not _ID.fullmatch(rev):
            raise NotAllowedError(self.name, f"{rev!r} is not the id of a commit, nor the beginning of one")
        await self._cache.bring(tips)
        oid = await self._cache.commit_id(rev)
        with_it = [] if oid is None else await self._cache.having(oid, tips)
        if not with_it:
            raise SourceError(self.name, f"no ref that is watched has a commit {rev} in its history")
        return [Move(ref=ref, before=oid, after=tips[ref]) for ref in with_it]

    async def commits_since(self, move: Move) -> AsyncGenerator[Commit]:
        """
        Yield the commits of such a move, oldest first: the one that it begins with, and all that came after it.
        """
        if move.before is None or move.after is None:
            return
        async with aclosing(self._cache.log(move.before, without=(), at_most=1)) as first:
            parents = [parent async for commit in first for parent in commit.parents]
        async with aclosing(self._log(move.after, parents)) as log:
            async for commit in log:
                yield commit


def seen_before(move: Move, known: Collection[str]) -> frozenset[str]:
    """
    Tell whose histories a move brings nothing new of: the ref's old tip, or all tips if the ref is new.
    """
    return frozenset(known) if move.before is None else frozenset({move.before})


def _all_seen_before(moves: Sequence[Move], known: Collection[str]) -> frozenset[str]:
    return frozenset[str]().union(*(seen_before(move, known) for move in moves if move.after is not None))


def _at_most(move: Move) -> int | None:
    if move.history_lost:
        return 1
    return MOST_OF_A_NEW_REF if move.before is None else None
