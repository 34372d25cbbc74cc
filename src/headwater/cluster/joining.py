"""For who needs one thing only: exactly one of all processes runs what stands in the block."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from queue import SimpleQueue
from types import TracebackType
from typing import Self

from headwater.blocking import Store
from headwater.cluster.claim import Claim
from headwater.cluster.engine import Engine
from headwater.cluster.holdings import Told
from headwater.cluster.timing import Timing
from headwater.errors import ClaimTimeoutError, DatabaseError, HeadwaterError, StoreClosedError

log = logging.getLogger(__name__)

OnGain = Callable[[Claim], object]
OnLose = Callable[[Claim, str], object]


def join(database: str, name: str, *, timing: Timing | None = None) -> JoinedMaster:
    """
    Join as a master, on threads that prove its life from now on, until the block ends or `close` is called.

    >>> with join("sqlite://", "worker") as master, master.claim("nightly-report") as claim:
    ...     claim.check()

    Args:
        database: its URL.
        name: the given name of this process; others may have the same.
        timing: the cluster's times; all who use this database should have the same.

    Raises:
        DatabaseError: it cannot be used; the subclass tells why.
    """
    timing = timing or Timing()
    store = Store(database, deadline=timing.statement)
    try:
        return JoinedMaster(store, name, timing)
    except BaseException:
        store.close()
        raise


@dataclass(frozen=True, eq=False, kw_only=True)
class Waiting:
    """
    Somebody who waits for a name; cancel `won` to wait no more.
    """

    source: int
    name: str
    on_gain: OnGain | None = None
    on_lose: OnLose | None = None
    won: Future[Claim] = field(default_factory=Future)


class JoinedMaster:
    """
    A master that claims what it is asked for, by name, and nothing else; any thread may ask.

    Made by `headwater.join`.
    """

    def __init__(self, store: Store, name: str, timing: Timing | None) -> None:
        self._store = store
        self._waiting: list[Waiting] = []
        self._claims: set[Claim] = set()
        self._is_closed = False
        self._change = threading.Condition()
        self._engine = Engine(store, name=name, timing=timing, at_each_look=self._claim_for_who_waits)
        self._last_name = self._engine.start().name
        self._teller = Teller()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    @property
    def name(self) -> str:
        """
        The name of this life: the given name with a suffix; another one after this master was expired.
        """
        master = self._engine.master
        return self._last_name if master is None else master.name

    @contextmanager
    def claim(
        self,
        name: str,
        *,
        timeout: float | None = None,
        on_gain: OnGain | None = None,
        on_lose: OnLose | None = None,
    ) -> Iterator[Claim]:
        """
        Wait until nobody else holds this name, and hold it until the block ends.

        While the database does not answer, the lease may run out: then `check` of the claim raises until a heartbeat
        is confirmed again. A claim that others have ended stays lost; ask for a new one.

        Args:
            name: what is to run in one process only; a source of this name is registered if there is none.
            timeout: seconds to wait; None: for ever.
            on_gain: called when one may act: once at first, and again when a lease that had run out has come back.
            on_lose: called with the reason when one may act no more, or is asked to come to an end: the operator
                drains this master, or it leaves. Both are called on a thread of this master's own.

        Raises:
            ClaimTimeoutError: it was not free in time; it says who holds it.
            DatabaseError: the name could not be registered.
            StoreClosedError: this master has left.
        """
        waiting = self.wait_for(self.register(name), name, on_gain, on_lose)
        try:
            claim = waiting.won.result(timeout)
        except TimeoutError:
            raise self.timed_out(waiting, timeout or 0) from None
        except BaseException:
            self.abandon(waiting)
            raise
        try:
            yield claim
        finally:
            self.end(claim)

    def close(self) -> None:
        """
        Wait until every block under a claim has ended, and leave; each is asked to, and its `check` raises.
        """
        with self._change:
            waiting, self._waiting = self._waiting, []
            was_closed, self._is_closed = self._is_closed, True
        if was_closed:
            return
        for one in waiting:
            if one.won.set_running_or_notify_cancel():
                one.won.set_exception(StoreClosedError())
        self._engine.membership.holdings.close("this master leaves")
        with self._change:
            self._change.wait_for(lambda: not self._claims)
        self._last_name = self.name
        try:
            self._engine.stop()
        except DatabaseError as error:
            log.warning("%s", error)
        self._teller.close()
        self._store.close()

    def register(self, name: str) -> int:
        """
        Return the id of the source with this name.
        """
        return self._store.register([name])[name]

    def wait_for(self, source: int, name: str, on_gain: OnGain | None = None, on_lose: OnLose | None = None) -> Waiting:
        """
        Begin to wait for a name, without blocking; who is done with it, won or not, has to `abandon` it or to `end`.
        """
        waiting = Waiting(source=source, name=name, on_gain=on_gain, on_lose=on_lose)
        with self._change:
            if self._is_closed:
                raise StoreClosedError
            self._waiting.append(waiting)
        self._engine.look()
        return waiting

    def timed_out(self, waiting: Waiting, seconds: float) -> ClaimTimeoutError:
        """
        Wait no longer; return the error that says so.
        """
        self.abandon(waiting)
        try:
            source = self._store.source(waiting.source)
            holder = None if source is None or source.holder is None else self._store.master(source.holder)
        except DatabaseError:
            holder = None
        return ClaimTimeoutError(waiting.name, seconds, None if holder is None else holder.name)

    def abandon(self, waiting: Waiting) -> None:
        """
        Wait no longer; what was won at the last moment is given back.
        """
        with self._change:
            if waiting in self._waiting:
                self._waiting.remove(waiting)
        if not waiting.won.cancel() and waiting.won.exception() is None:
            self.end(waiting.won.result())

    def end(self, claim: Claim) -> None:
        """
        Give a claim back, under which nothing runs any more.
        """
        self._engine.membership.release(claim)
        with self._change:
            self._claims.discard(claim)
            self._change.notify_all()
        self._engine.look()

    def _claim_for_who_waits(self) -> None:
        with self._change:
            first = list({waiting.source: waiting for waiting in reversed(self._waiting)}.values())
        for waiting in first:
            try:
                claim = self._engine.membership.claim(waiting.source, waiting.name, self._told_of(waiting))
            except HeadwaterError as error:
                log.warning("%s is not claimed yet: %s", waiting.name, error)
                continue
            if claim is not None:
                self._hand_out(claim, waiting)

    def _hand_out(self, claim: Claim, waiting: Waiting) -> None:
        with self._change:
            is_wanted = waiting in self._waiting and waiting.won.set_running_or_notify_cancel()
            if waiting in self._waiting:
                self._waiting.remove(waiting)
            if is_wanted:
                self._claims.add(claim)
        if is_wanted:
            waiting.won.set_result(claim)
        else:
            self.end(claim)

    def _told_of(self, waiting: Waiting) -> Told:
        def gained(claim: Claim) -> None:
            if waiting.on_gain is not None:
                self._teller.tell(waiting, waiting.on_gain, claim)

        def lost(claim: Claim, why: str) -> None:
            if waiting.on_lose is not None:
                self._teller.tell(waiting, waiting.on_lose, claim, why)

        return Told(gained, lost)


class Teller:
    """
    Calls the functions of users on a thread of its own, in order: however long one takes, no heartbeat waits for it.
    """

    def __init__(self) -> None:
        self._calls: SimpleQueue[Callable[[], object] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="headwater-teller", daemon=True)
        self._thread.start()

    def tell(self, waiting: Waiting, function: Callable[..., object], *args: object) -> None:
        """
        Call a function soon, unless whoever waited gave up before.
        """
        self._calls.put(lambda: waiting.won.cancelled() or function(*args))

    def close(self) -> None:
        """
        Make the calls that are due, then end; not waited for by one of these calls itself.
        """
        self._calls.put(None)
        if self._thread is not threading.current_thread():
            self._thread.join()

    def _run(self) -> None:
        while (call := self._calls.get()) is not None:
            try:
                call()
            except Exception:
                log.exception("a function that was told of a claim has failed")
