"""Run the sources that this master holds: one task for each claim, and what all of them need beside."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping

from headwater.aio import AsyncStore
from headwater.cluster.claim import Claim
from headwater.errors import ClaimLostError
from headwater.running.following import follow
from headwater.running.gates import Limits
from headwater.running.hosts import Hosts
from headwater.running.listening import Holder, Listener
from headwater.running.pruning import prune
from headwater.running.reporting import Reporter
from headwater.running.rounds import Means, Rounds
from headwater.sources.kinds import Factory
from headwater.sources.workplace import Workplace
from headwater.values import Watched


class Runner:
    """
    Polls every claimed source on a task of its own, until it is told to stop or the claim is lost.
    """

    def __init__(
        self,
        store: AsyncStore,
        *,
        kinds: Mapping[str, Factory],
        workplace: Workplace,
        listener: Listener,
        limits: Limits | None = None,
    ) -> None:
        """
        Make the runner, in the event loop; it runs what `begin` gives it.

        Args:
            store: where changes are recorded.
            kinds: makes the source of each kind; claim no others.
            workplace: what each source is lent; its name and `on_progress` are filled in for each.
            listener: is told what happens.
            limits: how much is done at once.
        """
        self._store = store
        self._listener = listener
        self._reporter = Reporter(store)
        self._means = Means(
            store=store,
            kinds=kinds,
            workplace=workplace,
            listener=listener,
            hosts=Hosts(limits or Limits()),
            reporter=self._reporter,
        )
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._rounds: dict[int, Rounds] = {}
        self._is_stopped = False

    def begin(self, claim: Claim, holder: Holder) -> None:
        """
        Poll a source from now on; whatever ran for it under an older claim ends first.

        After `stop` nothing begins: who stops gives back what was claimed meanwhile.
        """
        if self._is_stopped:
            return
        id_ = claim.fence.source
        self._tasks[id_] = asyncio.create_task(self._run(claim, holder, after=self._tasks.get(id_)))

    def end(self, claim: Claim, why: str) -> None:
        """
        Stop polling a source; the holder is told when what the poll had started is gone.
        """
        task = self._tasks.get(claim.fence.source)
        if task is not None and not task.done():
            # Not before its first step: a task that never began has no end, at which the holder is told.
            asyncio.get_running_loop().call_soon(_cancel, task)
            self._listener.lost(self._watched(claim), why)

    @property
    def sources(self) -> list[int]:
        """
        The ids of the sources that are run here.
        """
        return list(self._rounds)

    def nudge(self, ids: Collection[int]) -> None:
        """
        Poll those of these sources that are run here now: others have edited them, or ask for a check.
        """
        for id_ in ids:
            if rounds := self._rounds.get(id_):
                rounds.nudge()

    async def serve(self, holder: Holder) -> None:
        """
        Do what all sources need beside, until cancelled: answer the holder, follow edits, report, prune.
        """
        async with asyncio.TaskGroup() as group:
            group.create_task(self.answer(holder))
            group.create_task(follow(self._store, self.nudge))
            group.create_task(self._reporter.run())
            group.create_task(prune(self._store, lambda: self.sources))

    async def answer(self, holder: Holder) -> None:
        """
        Tell the holder once a second that this loop is not stuck, until cancelled.
        """
        while True:
            holder.alive()
            await asyncio.sleep(1)

    async def stop(self) -> None:
        """
        Cancel every poll, wait until what it had started is gone, and tell how the sources fare.
        """
        self._is_stopped = True
        # Each task takes its first step before it is cancelled, as in `end`.
        await asyncio.sleep(0)
        tasks = list(self._tasks.values())
        for task in tasks:
            _cancel(task)
        for task in tasks:
            await _ended(task)
        await self._reporter.flush()

    async def _run(self, claim: Claim, holder: Holder, *, after: asyncio.Task[None] | None) -> None:
        id_ = claim.fence.source
        try:
            if after is not None:
                await _ended(after)
            self._rounds[id_] = Rounds(claim, self._means, among=lambda: len(self._rounds))
            await self._rounds[id_].run()
        except ClaimLostError as error:
            self._listener.lost(self._watched(claim), claim.lost or str(error))
            if claim.may_act:
                holder.lost(claim)
        finally:
            self._rounds.pop(id_, None)
            # Only now: a claim is never given back while its poll still runs.
            holder.stopped(claim)

    def _watched(self, claim: Claim) -> Watched:
        """
        Return what is watched under a claim, by its name as it is now.
        """
        rounds = self._rounds.get(claim.fence.source)
        return claim.watched if rounds is None else rounds.watched


def _cancel(task: asyncio.Task[None]) -> None:
    # Once: a second time would interrupt it while it cleans up.
    if not task.cancelling():
        task.cancel()


async def _ended(task: asyncio.Task[None]) -> None:
    """
    Cancel a task, and wait until it has ended; who is cancelled meanwhile waits as well.
    """
    _cancel(task)
    is_cancelled = False
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            is_cancelled = True
    if is_cancelled:
        raise asyncio.CancelledError
