"""The lease of a Buildbot master: the cluster engine's threads, on connections of their own."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING, Any

from headwater.blocking import Store
from headwater.cluster.engine import Engine
from headwater.cluster.timing import Timing
from headwater.errors import DatabaseError, HeadwaterError, StoreClosedError, WrongKindError
from headwater.store import leasing
from headwater.store.notes import Batch, noted

if TYPE_CHECKING:
    from headwater.values import Master

log = logging.getLogger(__name__)

_WEDGED = 30.0
"""Seconds without a sign of the reactor after which the heartbeat stops: a master that does nothing holds nothing."""

_AGAIN = 60.0
"""Seconds until it is looked again whether there is a table of leases by now."""

_SOON = 2.0
"""Seconds until a database that was away is tried again."""

NO_TABLE = (
    "take-over waits for Buildbot's ten minutes: for seconds, make the table of leases once with "
    "`headwater --database URL buildbot install`"
)


def timing(failover: float) -> Timing:
    """
    Return the times that go with a take-over after so many seconds.

    Raises:
        TimingError: it is too short.
    """
    return Timing(lease=failover / 1.5, expiry=failover)


class Lease:
    """
    Proves that this master lives, and frees the change sources of masters that do not, while there is a table for it.

    Its methods are for the reactor's thread, and return at once, but for `stop`.

    Args:
        url: of the database.
        name: of the Buildbot master.
        failover: seconds after which others take over from a master that was killed.
        wake: called, on another thread, whenever something may have changed.
        tried: called, on another thread, when a try to begin has ended: there is a lease now, or it is known why not.
    """

    def __init__(
        self,
        url: str,
        name: str,
        *,
        failover: float,
        wake: Callable[[], object],
        tried: Callable[[], object],
    ) -> None:
        self._url = url
        self._name = name
        self._timing = timing(failover)
        self._wake = wake
        self._tried = tried
        self._engine: Engine | None = None
        self._store: LeaseStore | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="headwater-lease", daemon=True)
        self._thread.start()

    @property
    def name(self) -> str | None:
        """
        The life that the lease is of; None before there is one.
        """
        master = None if self._engine is None else self._engine.master
        return None if master is None else master.name

    @property
    def life(self) -> Hashable:
        """
        The same: another one after others had ended this one.
        """
        return self.name

    def may_act(self) -> bool:
        """
        Tell whether the others cannot have given this master up yet.
        """
        return self._engine is not None and self._engine.membership.may_act

    def may_claim(self) -> bool:
        """
        Tell the same: who may be given up already claims nothing.
        """
        return self.may_act()

    def alive(self) -> None:
        """
        Take note that the reactor is not stuck.
        """
        if self._engine is not None:
            self._engine.alive()

    def note(self, batch: Batch, done: Callable[[object], None]) -> bool:
        """
        Have a batch noted; `done` is called with None or an error, on another thread. False if there is no table.
        """
        if self._store is None or (request := noted(self._store.database.limits, batch)) is None:
            return False
        try:
            self._store.database.ask(request, _post, done)
        except StoreClosedError:
            return False
        return True

    def stop(self) -> None:
        """
        End the lease; blocks until it has ended, or cannot be.
        """
        self._stopping.set()
        self._thread.join()
        try:
            if self._engine is not None:
                with contextlib.suppress(DatabaseError):  # then it runs out
                    self._engine.stop()
        finally:
            if self._store is not None:
                self._store.close()

    def _run(self) -> None:
        told: str | None = None
        while not self._stopping.is_set():
            pause, problem = self._try()
            if problem is not None and problem != told:
                log.warning("%s", problem)
            told = problem
            self._tried()
            if problem is None:
                return
            self._stopping.wait(pause)

    def _try(self) -> tuple[float, str | None]:
        try:
            self._begin()
        except WrongKindError:
            return _AGAIN, NO_TABLE
        except HeadwaterError as error:
            return _SOON, f"no lease yet: {error}"
        return 0, None

    def _begin(self) -> None:
        store = LeaseStore(self._url, deadline=self._timing.statement)
        try:
            engine = Engine(
                store,
                name=self._name,
                timing=self._timing,
                at_each_look=self._wake,
                must_answer_within=_WEDGED,
            )
            engine.start()
        except BaseException:
            store.close()
            raise
        self._store, self._engine = store, engine
        self._wake()


class LeaseStore(Store):
    """
    A store for the leases alone: claims are made and released by Buildbot's change sources.
    """

    def join(self, name: str) -> Master:
        """
        Begin a new lease of the Buildbot master of this name.
        """
        return self.ask(leasing.join(self._limits, name))

    def release_left(self) -> list[int]:
        """
        Leave them: a master without the plugin has claims while it starts, and is inactive.
        """
        return []


def _post(answers: Sequence[tuple[Callable[[Any], object], Any]]) -> None:
    for resolve, answer in answers:
        resolve(answer)
