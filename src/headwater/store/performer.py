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
from headwater.store.dialects import Trouble
from headwater.store.session import Session, TroubleError

_WORTH_RETRYING = {Trouble.LOST, Trouble.DEADLOCK}
_WORTH_HALVING = {Trouble.LOCKED, Trouble.DATA}


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
        patience: seconds after which a database that cannot be reached is told to the callers.
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
        return self._carry_out(verb, calls, Attempt())

    def _carry_out(self, verb: Verb, calls: Sequence[Any], attempt: Attempt) -> Sequence[Any]:
        deadline = self._clock() + self._patience
        pause = 0.01
        while True:
            self._session.wrote = False
            try:
                return verb.run(self._session, calls, attempt)
            except TroubleError as error:
                trouble = error
            # From now on what is already there may be what an earlier try committed.
            attempt.again |= self._session.wrote
            if trouble.trouble in _WORTH_HALVING and len(calls) > 1:
                return self._halved(verb, calls, attempt)
            if trouble.trouble not in _WORTH_RETRYING or self._clock() > deadline or self._closing.is_set():
                return [self._error(trouble, attempt) for _ in calls]
            self._closing.wait(pause * random.uniform(0.5, 1))  # noqa: S311 - jitter, not a secret
            pause = min(pause * 2, 0.5)

    def _halved(self, verb: Verb, calls: Sequence[Any], attempt: Attempt) -> Sequence[Any]:
        middle = len(calls) // 2
        halves = (calls[:middle], calls[middle:])
        return [
            answer
            for half in halves
            for answer in self._carry_out(verb, half, Attempt(again=attempt.again, memory=attempt.memory))
        ]

    def _error(self, trouble: TroubleError, attempt: Attempt) -> DatabaseError:
        error = self._class_of(trouble, attempt)(self._database, trouble.problem)
        error.__cause__ = trouble.__cause__
        return error

    def _class_of(self, trouble: TroubleError, attempt: Attempt) -> type[DatabaseError]:
        match trouble.trouble:
            case Trouble.LOST | Trouble.DEADLOCK if attempt.again:
                return OutcomeUnknownError
            case Trouble.LOST:
                return DatabaseUnavailableError
            case Trouble.LOCKED | Trouble.DEADLOCK:
                return DatabaseBusyError
            case _:
                return DatabaseError
