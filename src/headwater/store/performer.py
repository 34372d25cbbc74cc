"""Carry out one batch: retry what came to nothing, settle a lost answer, halve what fails on one of its calls."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from headwater.clock import Clock, boot_seconds
from headwater.errors import DatabaseBusyError, DatabaseError, DatabaseUnavailableError, OutcomeUnknownError
from headwater.store.attempt import Attempt
from headwater.store.dialect import Trouble
from headwater.store.session import Session, TroubleError

_WORTH_RETRYING = {Trouble.LOST, Trouble.DEADLOCK}


@dataclass(frozen=True, eq=False)
class Verb:
    """
    Something that the store can be asked, many callers at a time.
    """

    run: Callable[[Session, Sequence[Any], Attempt], Sequence[Any]]
    """Answers each call, with a value or with an error that is that caller's alone."""

    lane: str
    """The thread and connection that carry it out: writes, beats, records, reads or lists."""


class Performer:
    """
    Carries out batches on one session.

    Args:
        session: the connection that is used.
        database: how errors call it.
        closing: set when nobody should wait any longer.
        patience: seconds after which nothing is tried again, and the callers are told.
        clock: whose seconds these are.
    """

    def __init__(
        self,
        session: Session,
        *,
        database: str,
        closing: threading.Event,
        patience: float = 5.0,
        clock: Clock = boot_seconds,
    ) -> None:
        self._session = session
        self._database = database
        self._closing = closing
        self._patience = patience
        self._clock = clock

    def __call__(self, verb: Verb, calls: Sequence[Any]) -> Sequence[Any]:
        """
        Return the answer of each call: a value, or an error.
        """
        return self._carry_out(verb, calls, Attempt(), self._clock() + self._patience)

    def _carry_out(self, verb: Verb, calls: Sequence[Any], attempt: Attempt, deadline: float) -> Sequence[Any]:
        pause = 0.01
        while True:
            self._session.wrote = False
            try:
                return verb.run(self._session, calls, attempt)
            except Exception as raised:  # noqa: BLE001 - what one call brought must not fail the others
                error = raised
            # From now on what is already there may be what an earlier try committed.
            attempt.again |= self._session.wrote
            is_over = self._clock() > deadline or self._closing.is_set()
            trouble = error.trouble if isinstance(error, TroubleError) else Trouble.DATA
            # After a lost answer, the lock may be the lost transaction's own: it ends, and then the outcome is known.
            is_worth_it = trouble in _WORTH_RETRYING or (trouble is Trouble.LOCKED and attempt.again)
            is_halved = trouble is Trouble.DATA or (trouble is Trouble.LOCKED and not is_worth_it and not is_over)
            if is_halved and len(calls) > 1:
                return self._halved(verb, calls, attempt, deadline)
            if not is_worth_it or is_over:
                return [self._told(error, attempt) for _ in calls]
            self._closing.wait(pause * random.uniform(0.5, 1))  # noqa: S311 - jitter, not a secret
            pause = min(pause * 2, 0.5)

    def _halved(self, verb: Verb, calls: Sequence[Any], attempt: Attempt, deadline: float) -> Sequence[Any]:
        # All halves have one deadline: each may wait for the same lock.
        middle = len(calls) // 2
        halves = (calls[:middle], calls[middle:])
        return [
            answer
            for half in halves
            for answer in self._carry_out(verb, half, Attempt(again=attempt.again, memory=attempt.memory), deadline)
        ]

    def _told(self, error: Exception, attempt: Attempt) -> Exception:
        if not isinstance(error, TroubleError):
            return error
        told = self._class_of(error.trouble, attempt)(self._database, error.problem)
        told.__cause__ = error.__cause__
        return told

    def _class_of(self, trouble: Trouble, attempt: Attempt) -> type[DatabaseError]:
        if attempt.again:
            return OutcomeUnknownError
        match trouble:
            case Trouble.LOST:
                return DatabaseUnavailableError
            case Trouble.LOCKED | Trouble.DEADLOCK:
                return DatabaseBusyError
            case _:
                return DatabaseError
