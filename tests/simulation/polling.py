"""What a simulated master does under a claim: the real poll, of a repository that moves as time goes by."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Collection, Coroutine, Mapping, Sequence
from typing import Any, TypeVar, cast

from headwater.aio import AsyncStore
from headwater.cluster.claim import Claim
from headwater.errors import ClaimLostError, HeadwaterError
from headwater.running.poll import Poller
from headwater.store import recording, watching
from headwater.store.requests import Request
from headwater.values import Brief, Commit, Fence, Move
from tests.simulation.host import Host
from tests.simulation.registry import SimulatedDatabase
from tests.simulation.scheduler import Scheduler, Signal

A = TypeVar("A")

REF = "refs/heads/main"


class CancelledError(BaseException):
    """
    The poll was told to stop, as a task of asyncio is.
    """


class Cancellation:
    """
    Waits of a poll, all of which end when it is cancelled.
    """

    def __init__(self, scheduler: Scheduler, host: Host) -> None:
        self._scheduler = scheduler
        self._host = host
        self._nudge = Signal(scheduler)
        self.is_cancelled = False

    def cancel(self) -> None:
        """
        Have the poll stop where it waits.
        """
        self.is_cancelled = True
        self._nudge.set()

    def wait(self, seconds: float) -> None:
        """
        Wait for so long.
        """
        self._nudge.wait(seconds)
        self._stop_if_cancelled()

    def ask(self, database: SimulatedDatabase, request: Request[A]) -> A:
        """
        Wait for the database; what is asked already is carried out all the same, and its answer not seen.
        """
        answers: list[Any] = []

        def ask() -> None:
            answers.append(database.answer(request, lambda: not self.is_cancelled))
            self._nudge.pulse()

        self._scheduler.spawn(self._host, ask)
        while not answers:
            self._stop_if_cancelled()
            self._nudge.wait()
        self._stop_if_cancelled()
        if isinstance(answers[0], BaseException):
            raise answers[0]
        return cast("A", answers[0])

    def _stop_if_cancelled(self) -> None:
        if self.is_cancelled:
            raise CancelledError


class SimulatedStore:
    """
    As much of an `AsyncStore` as a poll needs; nothing in it is awaited for real.
    """

    def __init__(self, database: SimulatedDatabase, cancellation: Cancellation) -> None:
        self._database = database
        self._cancellation = cancellation

    async def sweep(self, fence: Fence) -> None:
        """
        Sweep.
        """
        self._ask(recording.sweep(self._database.limits, fence))

    async def brief(self, source: int) -> Brief | None:
        """
        Return what a poll has to know.
        """
        return self._ask(watching.brief(self._database.limits, source))

    async def baseline(self, fence: Fence, refs: Mapping[str, str], selection: str) -> None:
        """
        Set the position as first seen.
        """
        self._ask(recording.baseline(self._database.limits, fence, refs, selection))

    async def stage(self, fence: Fence, move: int, first: int, commits: Sequence[Commit]) -> None:
        """
        Stage commits.
        """
        self._ask(recording.stage(self._database.limits, fence, move, first, commits))

    async def record(self, fence: Fence, move: int, moved: Move, commit_count: int, *, backfill: bool) -> int:
        """
        Record a move.
        """
        request = recording.record(self._database.limits, fence, move, moved, commit_count, backfill=backfill)
        return self._ask(request)

    def _ask(self, request: Request[A]) -> A:
        return self._cancellation.ask(self._database, request)


class Repository:
    """
    A change source whose one ref moves every few seconds.

    Args:
        scheduler: its time.
        period: seconds between two moves.
        look: waits for as long as a look takes.
    """

    def __init__(self, scheduler: Scheduler, period: float, look: Callable[[], None]) -> None:
        self._scheduler = scheduler
        self._period = period
        self._look = look

    async def look(self) -> Mapping[str, str]:
        """
        Return where the ref is now.
        """
        self._look()
        return {REF: f"{int(self._scheduler.now / self._period) + 1:040x}"}

    async def fetch(self, moves: Sequence[Move], _known: Collection[str]) -> Sequence[Move]:
        """
        Take as long as another look.
        """
        self._look()
        return moves

    async def commits(self, move: Move, _known: Collection[str]) -> AsyncGenerator[Commit]:
        """
        Yield one commit for each fourth move; what a move brings is not looked at here.
        """
        if move.after is not None and move.after.endswith(("0", "4", "8", "c")):
            yield Commit(
                oid=move.after,
                author="a",
                author_email="a",
                authored_at=0,
                committer="a",
                committer_email="a",
                committed_at=0,
                message=move.after,
                parents=(),
            )


class Polling:
    """
    Polls one source under one claim, as the runner does, until it is cancelled or the claim is lost.

    Args:
        claim: under which.
        poller: what polls.
        cancellation: of its waits.
        interval: seconds between two polls.
    """

    def __init__(self, claim: Claim, poller: Poller, cancellation: Cancellation, *, interval: float) -> None:
        self.claim = claim
        self.cancellation = cancellation
        self._poller = poller
        self._interval = interval

    def run(self) -> None:
        """
        Poll until the claim is lost or the poll cancelled, of which it tells by an exception.
        """
        while True:
            try:
                completed(_poll_once(self._poller))
            except ClaimLostError:
                raise
            except HeadwaterError:
                pass  # as the runner: the next poll tries again
            self.cancellation.wait(self._interval)


async def _poll_once(poller: Poller) -> None:
    await poller.poll(await poller.brief())


def completed(coroutine: Coroutine[Any, Any, A]) -> A:
    """
    Run a coroutine that never waits for a loop.
    """
    try:
        coroutine.send(None)
    except StopIteration as stopped:
        return cast("A", stopped.value)
    raise AssertionError("it waited")


def poller_of(claim: Claim, repository: Repository, store: SimulatedStore) -> Poller:
    """
    Return the real poller of a source.
    """
    return Poller(claim, cast("AsyncStore", store), make=lambda _: repository, on_change=lambda _: None)
