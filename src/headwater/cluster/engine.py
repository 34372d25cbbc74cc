"""The cluster engine: one master's steps on threads of their own, over the blocking store."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection

from headwater.blocking import Store
from headwater.clock import boot_seconds
from headwater.cluster.claim import Claim
from headwater.cluster.membership import Membership
from headwater.cluster.timing import Timing
from headwater.store.wakeups import Listener
from headwater.values import Master

log = logging.getLogger(__name__)

_BREATH = 0.1
"""Seconds between two heartbeats at the least, however often somebody wakes this master."""

_GLANCE = 0.25
"""Seconds between two looks at the lease: a thread that waits for longer may oversleep a suspended host."""


class Engine:
    """
    Runs a membership: the heart beats, the looker claims and gives back, the warden stops all when the lease ends.

    The heart never waits for the looker, so neither a long list of sources nor a lock that a claim waits for can
    cost a life. `on_gain` and `on_lose` are called on these threads, and must return at once.
    """

    def __init__(  # noqa: PLR0913 - plain data
        self,
        store: Store,
        *,
        name: str,
        kinds: Collection[str] = (),
        timing: Timing | None = None,
        on_gain: Callable[[Claim], object] = lambda _: None,
        on_lose: Callable[[Claim, str], object] = lambda _, __: None,
        at_each_look: Callable[[], object] = lambda: None,
        must_answer_within: float | None = None,
    ) -> None:
        """
        Make the engine; nothing runs before `start`.

        Args:
            store: the registry.
            name: the given name; every master is a new life of it.
            kinds: the kinds of sources that are run here; with none, only what is asked for by name is claimed.
            timing: the cluster's times.
            on_gain: told of every claim under which something may begin to run.
            on_lose: told, with the reason, of every claim under which everything must stop; call `stopped` then.
            at_each_look: called after every look, on the thread that claims: the place for claims by name.
            must_answer_within: seconds; if whatever runs the sources has not called `alive` for so long, the heart
                stops, for a master that does nothing must not keep others from doing it. None: it is not asked.
        """
        self.membership = Membership(store, name=name, kinds=kinds, timing=timing, on_gain=on_gain, on_lose=on_lose)
        self._store = store
        self._at_each_look = at_each_look
        self._must_answer_within = must_answer_within
        self._alive_at = boot_seconds()
        self._stopping = threading.Event()
        self._beat_now = threading.Event()
        self._look_now = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(step,), name=f"headwater-{name}", daemon=True)
            for name, step in (("heart", self._beat), ("looker", self._look), ("warden", self._watch))
        ]
        self._listener: Listener | None = None

    @property
    def master(self) -> Master | None:
        """
        The life that goes on; another one after this master was expired and joined anew, None after it has left.
        """
        return self.membership.master

    def start(self) -> Master:
        """
        Join, then begin to beat and to claim; return the new life.
        """
        master = self.membership.join()
        self._alive_at = boot_seconds()
        self._listener = self._store.database.listen(self.wake)
        for thread in self._threads:
            thread.start()
        return master

    def stop(self) -> None:
        """
        Stop beating and claiming, give every claim back, leave. What ran under them must have ended before.

        Raises:
            DatabaseError: it was away for too long; the others will see that this master has ended.
        """
        self._stopping.set()
        self._beat_now.set()
        self._look_now.set()
        if self.master is None:
            return
        for thread in self._threads:
            thread.join()
        try:
            self.membership.leave(pause=threading.Event().wait)
        finally:
            if self._listener is not None:
                self._listener.close()

    def wake(self) -> None:
        """
        Look now: something may have become free.
        """
        self._beat_now.set()

    def look(self) -> None:
        """
        Look now, without a heartbeat before it: here something is wanted, or was given back.
        """
        self._look_now.set()

    def alive(self) -> None:
        """
        Take note that what runs the sources is not stuck; call it about once a second.
        """
        self._alive_at = boot_seconds()

    def stopped(self, claim: Claim) -> None:
        """
        Take note that nothing runs under a claim any more.
        """
        self.membership.holdings.stopped(claim)
        self._look_now.set()

    def lost(self, claim: Claim) -> None:
        """
        Take note that the database refused a claim as ended, and that nothing runs under it any more.
        """
        self.membership.holdings.forget(claim, "somebody else has ended the claim")
        self._look_now.set()

    def _run(self, step: Callable[[], None]) -> None:
        while not self._stopping.is_set():
            try:
                step()
            except Exception:
                log.exception("the cluster engine goes on after an error that it did not expect")
                self._stopping.wait(self.membership.timing.heartbeat)

    def _beat(self) -> None:
        if self._is_stuck():
            log.warning("no heartbeat: what runs the sources has not answered for %g s", self._must_answer_within)
            delay = self.membership.timing.heartbeat
        else:
            delay = self.membership.beat()
            self._look_now.set()
        # A breath even if somebody calls: with many calls at once, one heartbeat answers them all.
        self._stopping.wait(min(delay, _BREATH))
        self._beat_now.wait(max(delay - _BREATH, 0))
        self._beat_now.clear()

    def _look(self) -> None:
        delay = self.membership.look()
        if self.membership.has_news:
            self._beat_now.set()
        self._at_each_look()
        self._look_now.wait(delay)
        self._look_now.clear()

    def _watch(self) -> None:
        left = self.membership.lapse()
        self._stopping.wait(min(left, _GLANCE) or _GLANCE)

    def _is_stuck(self) -> bool:
        limit = self._must_answer_within
        return limit is not None and boot_seconds() - self._alive_at > limit
