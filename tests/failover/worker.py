"""
A master that acts for every source it holds: each act is checked, written down, and recorded under its fence.

    python -m tests.failover.worker URL NAME DIARY WALL HEARTBEAT LEASE EXPIRY

The wall clock that it reads is wrong by what the file WALL says.
"""

from __future__ import annotations

import contextlib
import logging
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar
from unittest.mock import patch

from headwater import ClaimLostError, DatabaseError, HeadwaterError, Move, PositionMovedError, Store, clock
from headwater.cluster.claim import Claim
from headwater.cluster.engine import Engine
from headwater.cluster.timing import Timing
from headwater.store import verbs
from headwater.store.attempt import Attempt
from headwater.store.performer import Verb
from headwater.store.requests import Part, Request, only
from headwater.store.session import Session
from tests.failover.events import Diary, Event, What, now
from tests.failover.wallclock import Time

A = TypeVar("A")

KIND = "counter"
REF = "count"
_ACT_EVERY = 0.2
_JOIN_AGAIN = 0.5


class TellingStore(Store):
    """
    Writes down whose life this worker ends.
    """

    def __init__(self, url: str, name: str, diary: Diary) -> None:
        super().__init__(url)
        self._name = name
        self._diary = diary

    def ask(self, request: Request[A]) -> A:
        """
        Ask, and note the life that was ended by that.
        """
        answer = super().ask(request)
        if request.verb is verbs.EXPIRE and answer is not None:
            for part in request.parts:
                self._diary.write(Event(now(), "expired", 0, 0, self._name, part.arguments.name))
        return answer


class Worker:
    """
    Acts for its claims, each on a thread of its own, until it is told to stop.
    """

    def __init__(self, url: str, name: str, diary: Path, timing: Timing) -> None:
        self._name = name
        self._diary = Diary(diary)
        self._store = TellingStore(url, name, self._diary)
        self._stops: dict[tuple[int, int], threading.Event] = {}
        self.engine = Engine(
            self._store, name=name, kinds=[KIND], timing=timing, on_gain=self._begin, on_lose=self._end
        )

    def start(self, ended: threading.Event) -> None:
        """
        Begin to live, as soon as the database lets it.
        """
        while not ended.is_set():
            try:
                self.engine.start()
            except DatabaseError:
                ended.wait(_JOIN_AGAIN)
            else:
                return

    def stop_in_a_transaction(self) -> None:
        """
        Stop this whole process while a transaction of it has written and not committed.
        """

        def run(session: Session, calls: Sequence[None], _attempt: Attempt) -> list[None]:
            with session.transaction():
                session.count("UPDATE feed SET number = number")
                # To this thread, which cannot go on then: a signal to the process may first reach another one.
                signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)
            return [None for _ in calls]

        request: Request[None] = Request(Verb(run, "records"), [Part(None)], only)
        with contextlib.suppress(HeadwaterError):
            self._store.ask(request)

    def close(self) -> None:
        """
        Stop acting, then give everything back.
        """
        for stop in list(self._stops.values()):
            stop.set()
        for thread in threading.enumerate():
            if thread.name.startswith("actor"):
                thread.join()
        self.engine.stop()
        self._store.close()

    def _begin(self, claim: Claim) -> None:
        stop = self._stops[claim.fence.source, claim.token] = threading.Event()
        self._note("gained", claim)
        threading.Thread(target=self._act_for, args=(claim, stop), name="actor", daemon=True).start()

    def _end(self, claim: Claim, why: str) -> None:
        self._note("lost", claim, why=why)
        stop = self._stops.get((claim.fence.source, claim.token))
        if stop is not None:
            stop.set()

    def _act_for(self, claim: Claim, stop: threading.Event) -> None:
        try:
            while not stop.is_set():
                at = now()
                claim.check()
                self._note("acted", claim, at=at)
                self._record(claim)
                stop.wait(_ACT_EVERY)
        except ClaimLostError:
            if claim.may_act:
                self.engine.lost(claim)
        finally:
            self._note("stopped", claim)
            self.engine.stopped(claim)

    def _record(self, claim: Claim) -> None:
        fence = claim.fence
        try:
            position = self._store.position(fence.source)
            if position is None:
                self._store.baseline(fence, {REF: _oid(0)})
                return
            move = Move(ref=REF, before=position[REF], after=_oid(int(position[REF]) + 1))
            self._store.record(fence, int(position[REF]) + 1, move, 0)
        except (ClaimLostError, PositionMovedError):
            raise
        except HeadwaterError:
            # The database is away, or the outcome is unknown: the next act reads the position again.
            return

    def _note(self, what: What, claim: Claim, *, at: float | None = None, why: str = "") -> None:
        when = now() if at is None else at
        self._diary.write(Event(when, what, claim.fence.source, claim.token, self._name, why))


def _oid(number: int) -> str:
    return f"{number:040}"


def main() -> None:
    """
    Work until SIGTERM.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    url, name, diary, wall, heartbeat, lease, expiry = sys.argv[1:]
    patch.object(clock, "time", Time(Path(wall))).start()
    timing = Timing(
        heartbeat=float(heartbeat),
        lease=float(lease),
        expiry=float(expiry),
        quiet=3 * float(heartbeat),
        unclaimed=3 * float(heartbeat),
    )
    worker = Worker(url, name, Path(diary), timing)
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    signal.signal(signal.SIGUSR1, lambda *_: threading.Thread(target=worker.stop_in_a_transaction, daemon=True).start())
    worker.start(ended)
    print("started", flush=True)  # noqa: T201 - whoever started it waits for this
    ended.wait()
    worker.close()


if __name__ == "__main__":
    main()
