"""Many waiting callers, one thread, one commit: calls that wait are carried out together."""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from queue import Empty, SimpleQueue
from typing import Any

from msgspec import Struct

from headwater.errors import StoreClosedError

Resolve = Callable[[Any], None]
"""Takes the answer of a call: a value, or an exception to be raised."""

Post = Callable[[Sequence[tuple[Resolve, Any]]], None]
"""Carries the answers of a batch to where they are waited for: a thread, a loop, a reactor."""

Perform = Callable[[Hashable, list[Any]], Sequence[Any]]
"""Carries out calls of one verb as one batch; answers each, in their order."""


class Call(Struct, kw_only=True, eq=False):
    """
    One waiting call.
    """

    verb: Hashable
    """Calls of the same verb may share a batch."""
    arguments: Any
    """What `perform` gets for this call."""
    keys: Collection[Hashable] = ()
    """What it is about; calls that share a key go into successive batches, in their order."""
    weight: int = 1
    """Rows that it brings."""
    is_barrier: bool = False
    """Nothing of another verb overtakes it, nor it them."""
    post: Post
    """Carries `resolve` and the answer to the caller's side."""
    resolve: Resolve
    """Takes the answer there."""
    is_abandoned: bool = False
    """Set by who does not wait any more: it is dropped, unless a batch has taken it."""


class Lane:
    """
    A thread that takes all calls which wait, carries them out as one batch, and answers each caller.

    It does not linger: a lone call is carried out at once. The longer a commit takes, the more calls share the next.

    Args:
        name: of the thread.
        perform: carries out a batch.
        most: rows in a batch, unless a single call brings more.
    """

    def __init__(self, name: str, perform: Perform, *, most: int = 1000) -> None:
        self._perform = perform
        self._most = most
        self._arriving: SimpleQueue[Call | None] = SimpleQueue()
        self._waiting: deque[Call] = deque()
        self._open = True
        self._door = threading.Lock()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def submit(self, call: Call) -> None:
        """
        Queue a call; its answer comes by its `resolve`.

        Raises:
            StoreClosedError: the lane is closed.
        """
        with self._door:
            if not self._open:
                raise StoreClosedError
            self._arriving.put(call)

    def close(self) -> None:
        """
        Finish the batch that runs, refuse all that wait, end the thread.
        """
        with self._door:
            if self._open:
                self._open = False
                self._arriving.put(None)
        self._thread.join()

    def _run(self) -> None:
        while self._collect():
            batch = take_batch(self._waiting, self._most)
            if batch:
                _answer(batch, self._answers(batch))
        if self._waiting:
            _answer(self._waiting, [StoreClosedError() for _ in self._waiting])

    def _collect(self) -> bool:
        """
        Wait until there is a call, then take all that have arrived; False once the lane is closed.
        """
        try:
            arrived = self._arriving.get(block=not self._waiting)
            while arrived is not None:
                self._waiting.append(arrived)
                arrived = self._arriving.get_nowait()
        except Empty:
            return True
        return False

    def _answers(self, batch: Sequence[Call]) -> Sequence[Any]:
        try:
            answers = self._perform(batch[0].verb, [call.arguments for call in batch])
            return [answer for _, answer in zip(batch, answers, strict=True)]
        except BaseException as error:  # noqa: BLE001 - a caller that waits must hear of anything
            return [error] * len(batch)


def take_batch(waiting: deque[Call], most: int) -> list[Call]:
    """
    Take the next batch out of those that wait: calls of the first one's verb that are about different things.

    A call is never taken before an earlier one that is about the same thing. Abandoned calls are dropped.
    """
    batch: list[Call] = []
    taken: set[Hashable] = set()
    passed: list[Call] = []
    room = most
    while waiting and room > 0:
        call = waiting.popleft()
        if call.is_abandoned:
            continue
        fits = not batch or (call.verb == batch[0].verb and call.weight <= room)
        would_overtake = call.is_barrier and passed
        if fits and not would_overtake and taken.isdisjoint(call.keys):
            batch.append(call)
            room -= call.weight
        else:
            passed.append(call)
            if call.is_barrier or batch[0].is_barrier:
                break
        taken.update(call.keys)
    waiting.extendleft(reversed(passed))
    return batch


def _answer(calls: Iterable[Call], answers: Iterable[Any]) -> None:
    posts: dict[Post, list[tuple[Resolve, Any]]] = {}
    for call, answer in zip(calls, answers, strict=True):
        posts.setdefault(call.post, []).append((call.resolve, answer))
    for post, parcel in posts.items():
        # A loop or reactor that was closed meanwhile has nobody left who waits; the lane serves the others.
        with contextlib.suppress(Exception):
            post(parcel)
