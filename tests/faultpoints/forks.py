"""Processes that begin where this one is: nothing has to be imported again. This one must not have threads."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Generic, TypeVar

A = TypeVar("A")

FORK = multiprocessing.get_context("fork")


class Forked(Generic[A]):
    """
    A function that runs in a process of its own.
    """

    def __init__(self, work: Callable[[], A]) -> None:
        self._said, saying = FORK.Pipe(duplex=False)
        self._process = FORK.Process(target=_tell, args=(work, saying))
        self._process.start()
        saying.close()

    def end(self) -> tuple[int | None, A | None]:
        """
        Wait for its end; return the exit code, and the answer if there was one.
        """
        answer: A | None = None
        with self._said, suppress(EOFError):
            answer = self._said.recv()
        self._process.join()
        return self._process.exitcode, answer


def answer_of(work: Callable[[], A]) -> A:
    """
    Return what a function returns, which runs in a process of its own.
    """
    return answers_of([work])[0]


def answers_of(works: Sequence[Callable[[], A]]) -> list[A]:
    """
    Return what functions return that run side by side, each in a process of its own.
    """
    ends = [forked.end() for forked in [Forked(work) for work in works]]
    found = [answer for code, answer in ends if code == 0 and answer is not None]
    if len(found) < len(ends):
        raise RuntimeError(f"a process ended with {[code for code, _ in ends]}, see above why")
    return found


def _tell(work: Callable[[], A], saying: Connection) -> None:
    with saying:
        saying.send(work())
