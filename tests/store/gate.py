"""Hold a lane of an open database, so that a test can say what waits there."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from queue import SimpleQueue
from typing import Any, Self

from headwater.store.attempt import Attempt
from headwater.store.database import Database
from headwater.store.groupcommit import Resolve
from headwater.store.performer import Verb
from headwater.store.requests import Part, Request, only
from headwater.store.session import Session

SOON = 60.0


def at_once(answers: Sequence[tuple[Resolve, Any]]) -> None:
    """
    Call each `resolve` where the answer is found: in the lane's thread.
    """
    for resolve, answer in answers:
        resolve(answer)


class Gate:
    """
    A batch that runs in a lane until it is let go; what is asked of the lane meanwhile waits.
    """

    def __init__(self, database: Database, lane: str = "writes") -> None:
        self._entered = threading.Event()
        self._opened = threading.Event()
        request = Request(Verb(self._run, lane), [Part(None)], only)
        database.ask(request, at_once, lambda _: None)
        assert self._entered.wait(SOON)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.open()

    def open(self) -> None:
        """
        Let it go.
        """
        self._opened.set()

    def _run(self, _: Session, calls: Sequence[None], __: Attempt) -> Sequence[None]:
        self._entered.set()
        assert self._opened.wait(SOON)
        return calls


class Asked:
    """
    A request that was handed to a database, and its answer once it comes.
    """

    def __init__(self, database: Database, request: Request[Any]) -> None:
        self._answers: SimpleQueue[object] = SimpleQueue()
        self.calls = database.ask(request, at_once, self._answers.put)

    def answer(self) -> object:
        """
        Wait for the answer: a value or an error.
        """
        return self._answers.get(timeout=SOON)
