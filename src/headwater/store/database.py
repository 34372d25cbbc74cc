"""An open database: its lanes, and the requests that are handed to them."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from headwater.errors import StoreClosedError
from headwater.store.deadlines import DEADLINE, Deadlines
from headwater.store.engine import is_in_memory, parse, refined, shown, watchdog_for
from headwater.store.groupcommit import Call, Lane, Post, Resolve
from headwater.store.history import History, NoHistory
from headwater.store.leasing import instead_in
from headwater.store.performer import Performer
from headwater.store.requests import Limits, Request
from headwater.store.schema import Kind
from headwater.store.session import Session
from headwater.store.setup import ensure, opened
from headwater.store.wakeups import Listener, listen

A = TypeVar("A")


class Database:
    """
    Threads and connections of one process to one database. Any thread may ask.
    """

    def __init__(self, url: str, *, deadline: float = DEADLINE) -> None:
        """
        Connect, and set an empty database up.

        Args:
            url: of the database, such as ``sqlite:///headwater.db``.
            deadline: seconds to wait for the answer to one statement.

        Raises:
            TimingError: nobody can wait for so long.
            DatabaseUrlError: the URL is malformed or of an unknown database.
            MissingDriverError: the driver's package is not installed.
            DatabaseUnavailableError: the database cannot be reached.
            SchemaError: its tables are of another version, or of another program.
        """
        parsed, deadlines = parse(url), Deadlines(deadline)
        self._watchdog = watchdog_for(parsed, deadlines)
        try:
            self._engine, dialect, kind = opened(parsed, self._watchdog, ensure, deadlines)
        except BaseException:
            self._end_watch()
            raise
        self._dialect = refined(self._engine, dialect)
        instead = instead_in(self._engine) if kind is Kind.BUILDBOT else {}
        self.limits = Limits(name_bytes=self._dialect.name_bytes, kind=kind, shown=shown(parsed), instead=instead)
        self._has_one_lane = is_in_memory(parsed)
        self._recorder = History() if kind is Kind.HEADWATER else NoHistory()
        self._closing = threading.Event()
        self._lanes: dict[str, tuple[Lane, Session]] = {}
        self._door = threading.Lock()
        self._process = os.getpid()

    def ask(self, request: Request[A], post: Post, resolve: Resolve) -> list[Call]:
        """
        Hand a request to its lane; the answer, a value or an exception, comes to `resolve` by `post`.

        Returns:
            the calls that it was made into; setting `is_abandoned` drops those that no batch has taken yet.

        Raises:
            StoreClosedError: the database was closed, or opened by the process that this one was forked from.
        """
        if request.verb is None or not request.parts:
            self._check_open()
            post([(resolve, request.merge([]))])
            return []
        resolves = _resolves(request, resolve)
        verb = self.limits.instead.get(request.verb, request.verb)
        calls = [
            Call(
                verb=verb,
                arguments=part.arguments,
                keys=part.keys,
                weight=part.weight,
                is_barrier=part.is_barrier,
                post=post,
                resolve=take,
            )
            for part, take in zip(request.parts, resolves, strict=True)
        ]
        lane = self._lane(verb.lane)
        for call in calls:
            lane.submit(call)
        return calls

    def listen(self, wake: Callable[[], object]) -> Listener | None:
        """
        Call `wake` whenever something became free; None if this database cannot tell.
        """
        return listen(self._engine, wake, self._watchdog)

    def close(self) -> None:
        """
        Answer every call that is in flight, close all connections, end all threads.

        In a fork of the process there is nothing to close: the connections are the parent's.
        """
        if os.getpid() != self._process:
            return
        with self._door:
            self._closing.set()
            lanes = list(self._lanes.values())
        for lane, session in lanes:
            lane.close()
            session.close()
        self._end_watch()
        self._engine.dispose()

    def _end_watch(self) -> None:
        if self._watchdog is not None:
            self._watchdog.close()

    def _check_open(self) -> None:
        if self._closing.is_set() or os.getpid() != self._process:
            raise StoreClosedError

    def _lane(self, name: str) -> Lane:
        # SQLite's database in memory is one connection: all that is asked of it goes one after the other.
        name = "writes" if self._has_one_lane else name
        with self._door:
            self._check_open()
            if name not in self._lanes:
                self._lanes[name] = self._open_lane(name)
            return self._lanes[name][0]

    def _open_lane(self, name: str) -> tuple[Lane, Session]:
        only_looks_up = name != "lists"
        session = Session(self._engine, self._dialect, self._recorder, self._watchdog, only_looks_up=only_looks_up)
        patience = self._dialect.deadlines.patience
        performer = Performer(session, database=self.limits.shown, closing=self._closing, patience=patience)
        lane = Lane(f"headwater-{name}", performer, most=self._dialect.batch_rows)  # type: ignore[arg-type] # a Verb is hashable
        return lane, session


def _resolves(request: Request[Any], resolve: Resolve) -> list[Resolve]:
    """
    Return who takes the answer of each part, so that `resolve` gets that of the whole, once.
    """
    merge = request.merge
    if len(request.parts) == 1:
        return [lambda answer: resolve(_whole(merge, [answer]))]
    answers: list[Any] = [None] * len(request.parts)
    missing = set(range(len(request.parts)))

    def take(number: int, answer: Any) -> None:
        answers[number] = answer
        missing.discard(number)
        if not missing:
            resolve(_whole(merge, answers))

    return [partial(take, number) for number in range(len(request.parts))]


def _whole(merge: Callable[[list[Any]], Any], answers: list[Any]) -> Any:
    for answer in answers:
        if isinstance(answer, BaseException):
            return answer
    try:
        return merge(answers)
    except Exception as error:  # noqa: BLE001 - whatever a merge raises is the caller's
        return error
