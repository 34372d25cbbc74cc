"""One poll of a claimed source: look, fetch what moved, record each move under the claim."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import aclosing
from typing import NamedTuple

from headwater.aio import AsyncStore
from headwater.clock import wall_milliseconds
from headwater.cluster.claim import Claim
from headwater.errors import ClaimLostError, SourceError
from headwater.running.rebasing import rebased
from headwater.sources.base import Backfilling, ChangeSource, moves
from headwater.sources.selection import Selection, selection_of
from headwater.values import Brief, Change, Commit, Move, Settings

_SLICE = 500

Make = Callable[[Brief], ChangeSource]


class Seen(NamedTuple):
    """
    What a poll saw.
    """

    refs: dict[str, str]
    note: str = ""
    """What is to be said though all went well."""


class Poller:
    """
    Polls one source for as long as one claim lasts.

    A poll may be cancelled anywhere: what it had not recorded yet, the next poll finds again, here or elsewhere.

    Args:
        claim: under which.
        store: where changes are recorded.
        make: makes the source; again whenever its settings have changed.
        on_change: told of every change that is recorded.
        on_life: told whenever the poll has come further.
    """

    def __init__(
        self,
        claim: Claim,
        store: AsyncStore,
        *,
        make: Make,
        on_change: Callable[[Change], object],
        on_life: Callable[[], object] = lambda: None,
    ) -> None:
        self._claim = claim
        self._store = store
        self._make = make
        self._on_change = on_change
        self._on_life = on_life
        self._made: tuple[str, Settings, ChangeSource] | None = None
        # Whether nothing is staged that holders before this one, or a poll of ours, began to record and never will.
        self._is_swept = False

    async def brief(self) -> Brief:
        """
        Return what the next poll has to know.

        Raises:
            ClaimLostError: the claim has ended.
        """
        self._claim.check()
        fence = self._claim.fence
        brief = await self._store.brief(fence.source)
        if brief is None:
            raise ClaimLostError(fence.source, fence.master, fence.token, "it was removed")
        if brief.settings.group != self._claim.group:
            # Whoever changed that has ended the claim: we may not be able to see what it is now.
            raise ClaimLostError(
                fence.source, fence.master, fence.token, "it was changed, and others may have to run it"
            )
        return brief

    async def poll(self, brief: Brief, *, again_from: str | None = None) -> Seen:
        """
        Look once, and record what moved; return what was seen.

        Args:
            brief: as the database has it now.
            again_from: a commit from which on everything is to be told, perhaps again.

        Raises:
            SourceError: the source could not be looked at; nothing is lost, the next poll tries again.
            ClaimLostError: the claim has ended, and nothing may be done under it any more.
        """
        self._claim.check()
        source = self._source(brief)
        await self._sweep()
        selection = selection_of(brief.settings)
        seen = {ref: oid for ref, oid in (await source.look()).items() if selection.has(ref)}
        self._on_life()
        if brief.refs is None:
            # First sight is a baseline: what was there before anybody watched is not news.
            await self._store.baseline(self._claim.fence, seen, selection=selection.text)
        else:
            await self._record_all(source, brief, await self._rebased(brief, selection, seen), seen)
        note = "" if again_from is None else await self._tell_again(source, brief, again_from, seen)
        return Seen(seen, note or _what_is_missing(selection, seen))

    def _source(self, brief: Brief) -> ChangeSource:
        if self._made is None or self._made[:2] != (brief.name, brief.settings):
            self._made = (brief.name, brief.settings, self._make(brief))
        return self._made[2]

    async def _sweep(self) -> None:
        if not self._is_swept:
            await self._store.sweep(self._claim.fence)
            self._is_swept = True

    async def _rebased(self, brief: Brief, selection: Selection, seen: Mapping[str, str]) -> dict[str, str]:
        """
        Return the position; if other refs are watched than before, set that right first: it alone is no news.
        """
        found = rebased(brief, seen)
        if brief.selection != selection.text:
            self._claim.check()
            await self._store.rebase(self._claim.fence, selection=selection.text, add=found.add, drop=found.drop)
        return found.position

    async def _record_all(
        self, source: ChangeSource, brief: Brief, position: Mapping[str, str], seen: Mapping[str, str]
    ) -> None:
        moved = moves(position, seen)
        known = frozenset(position.values())
        for move in await source.fetch(moved, known) if moved else ():
            self._on_life()
            await self._record(brief, move, source.commits(move, known))

    async def _tell_again(self, source: ChangeSource, brief: Brief, rev: str, seen: Mapping[str, str]) -> str:
        """
        Tell again what came since a commit; return why not, if it cannot be told.
        """
        if not isinstance(source, Backfilling):
            return f"nothing was told again: sources of kind {brief.settings.kind!r} cannot tell it"
        try:
            begun = await source.since(rev, seen)
        except SourceError as error:
            # Whatever else it is, it is not the host: it would be the same the next time.
            if error.is_hosts:
                raise
            return f"nothing was told again: {error.problem}"
        for move in begun:
            self._on_life()
            await self._record(brief, move, source.commits_since(move), backfill=True)
        return ""

    async def _record(self, brief: Brief, move: Move, told: AsyncGenerator[Commit], *, backfill: bool = False) -> None:
        number = next(self._claim.tries)
        # If this fails, or is cancelled, the next poll begins anew: what is staged by then must not pile up.
        self._is_swept = False
        staged, newest = 0, None
        async with aclosing(told) as commits:
            async for slice_ in _slices(commits):
                self._claim.check()
                self._on_life()
                await self._store.stage(self._claim.fence, number, staged, slice_)
                staged, newest = staged + len(slice_), slice_[-1]
        self._claim.check()
        recorded = await self._store.record(self._claim.fence, number, move, staged, backfill=backfill)
        self._is_swept = True
        self._on_change(
            Change(
                number=recorded,
                source=self._claim.fence.source,
                source_name=brief.name,
                ref=move.ref,
                before=move.before,
                after=move.after,
                forced=move.forced,
                recorded_at=wall_milliseconds(),
                commit_count=staged,
                commits=() if newest is None else (newest,),
                dropped=move.dropped,
                left_out=move.left_out,
                history_lost=move.history_lost,
                backfill=backfill,
            )
        )


def _what_is_missing(selection: Selection, seen: Mapping[str, str]) -> str:
    """
    Say so if nothing is there that is watched: all is well, but hardly as it was meant.
    """
    return "" if seen else f"there is no ref that fits {' or '.join(selection.include)}"


async def _slices(commits: AsyncIterator[Commit]) -> AsyncIterator[list[Commit]]:
    slice_: list[Commit] = []
    async for commit in commits:
        slice_.append(commit)
        if len(slice_) == _SLICE:
            yield slice_
            slice_ = []
    if slice_:
        yield slice_
