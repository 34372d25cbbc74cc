"""Steer the processes of the sides: only one of them works at a time."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec

from bench.orders import Answer, Failed, Opening, Order, Ready, Taken, Turn

_REPOSITORY = Path(__file__).parents[1]


class SideFailedError(Exception):
    """
    A side could not do what it was told.
    """


class Worker:
    """
    The process of one side.
    """

    def __init__(self, side: str) -> None:
        self.side = side
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.worker"],
            cwd=_REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for the owner, whose end of the pipe then closes
        )

    def open(self, kind: str, url: str) -> Ready:
        """
        Have it connect to a database.
        """
        answer = self._ask(Opening(self.side, kind, url))
        if not isinstance(answer, Ready):
            raise SideFailedError(self.side, answer)
        return answer

    def take(self, turn: Turn) -> float:
        """
        Have it take a turn; return the seconds on its clock.
        """
        answer = self._ask(turn)
        if not isinstance(answer, Taken):
            raise SideFailedError(self.side, answer)
        return answer.seconds

    def close(self) -> None:
        """
        Have it disconnect, and wait until it is gone.
        """
        self._process.communicate()

    def _ask(self, order: Order) -> Answer:
        assert self._process.stdin is not None  # noqa: S101 - for the types: it is a pipe
        assert self._process.stdout is not None  # noqa: S101
        self._process.stdin.write(msgspec.json.encode(order) + b"\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise SideFailedError(f"{self.side} ended with {self._process.wait()}")
        answer: Answer = msgspec.json.decode(line, type=Answer)
        if isinstance(answer, Failed):
            raise SideFailedError(f"{self.side} failed:\n{answer.problem}")
        return answer


@contextmanager
def workers(sides: list[str]) -> Iterator[dict[str, Worker]]:
    """
    Start the process of each side; all of them end with the block.
    """
    with ExitStack() as started:
        running: dict[str, Worker] = {}
        for side in sides:
            running[side] = Worker(side)
            started.callback(running[side].close)
        yield running
