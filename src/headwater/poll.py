"""One poll of a claimed source: look, fetch what moved, record each move under the claim."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection
from contextlib import aclosing

from headwater.aio import AsyncStore
from headwater.clock import wall_milliseconds
from headwater.cluster.claim import Claim
from headwater.sources.base import ChangeSource, moves
from headwater.values import Change, Commit, Move

_SLICE = 500


class Poller:
    """
    Polls one source for as long as one claim lasts.

    A poll may be cancelled anywhere: what it had not recorded yet, the next poll finds again, here or elsewhere.
    """

    def __init__(
        self, claim: Claim, source: ChangeSource, store: AsyncStore, *, on_change: Callable[[Change], None]
    ) -> None:
        self._claim = claim
        self._source = source
        self._store = store
        self._on_change = on_change
        # What holders before this one had begun to record and never will.
        self._is_swept = False

    async def poll(self) -> dict[str, str]:
        """
        Look once, and record what moved; return the refs that were seen.

        Raises:
            SourceError: the source could not be looked at; nothing is lost, the next poll tries again.
            ClaimLostError: the claim has ended, and nothing may be done under it any more.
        """
        self._claim.check()
        fence = self._claim.fence
        if not self._is_swept:
            await self._store.sweep(fence)
            self._is_swept = True
        seen = dict(await self._source.look())
        position = await self._store.position(fence.source)
        if position is None:
            # First sight is a baseline: what was there before anybody watched is not news.
            await self._store.baseline(fence, seen)
            return seen
        moved = moves(position, seen)
        known = frozenset(position.values())
        for move in await self._source.fetch(moved, known) if moved else ():
            await self._record(move, known)
        return seen

    async def _record(self, move: Move, known: Collection[str]) -> None:
        number = next(self._claim.tries)
        staged, newest = 0, None
        async with aclosing(self._source.commits(move, known)) as commits:
            async for slice_ in _slices(commits):
                self._claim.check()
                await self._store.stage(self._claim.fence, number, staged, slice_)
                staged, newest = staged + len(slice_), slice_[-1]
        self._claim.check()
        recorded = await self._store.record(self._claim.fence, number, move, staged)
        self._on_change(self._told(recorded, move, staged, newest))

    def _told(self, number: int, move: Move, commit_count: int, newest: Commit | None) -> Change:
        return Change(
            number=number,
            source=self._claim.watched.id,
            source_name=self._claim.watched.name,
            ref=move.ref,
            before=move.before,
            after=move.after,
            forced=move.forced,
            recorded_at=wall_milliseconds(),
            commit_count=commit_count,
            commits=() if newest is None else (newest,),
        )


async def _slices(commits: AsyncIterator[Commit]) -> AsyncIterator[list[Commit]]:
    slice_: list[Commit] = []
    async for commit in commits:
        slice_.append(commit)
        if len(slice_) == _SLICE:
            yield slice_
            slice_ = []
    if slice_:
        yield slice_
