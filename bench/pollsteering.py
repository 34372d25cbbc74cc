"""Steer a process that polls, and read what it recorded."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec
from sqlalchemy import NullPool, create_engine, text

from bench.pollworker import BUILDBOT, Polled
from headwater import Store

_REPOSITORY = Path(__file__).parents[1]


class WorkerFailedError(Exception):
    """
    A process ended, or a poll failed in it.
    """


class PollWorker:
    """
    The process of one side; a second one with the same folder is a restart, with another folder a new host.
    """

    def __init__(
        self, side: str, *, database: str, folder: Path, url: str, env: Mapping[str, str] | None = None
    ) -> None:
        self.side = side
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.pollworker", side, database, str(folder), url],
            cwd=_REPOSITORY,
            env={**os.environ, **(env or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for the owner, whose end of the pipe then closes
        )
        self.opened = self._answer()

    @property
    def pid(self) -> int:
        """
        Its process id.
        """
        return self._process.pid

    def poll(self, times: int = 1) -> Polled:
        """
        Have it poll; return what that took.
        """
        self._order(times)
        return self._answer()

    def poll_and_kill(self, after: float) -> bool:
        """
        Have it poll, and kill it so many seconds later as `kill -9` does; return whether the poll was still going on.
        """
        timer = threading.Timer(after, self._process.kill)
        self._order(1)
        timer.start()
        assert self._process.stdout is not None  # noqa: S101 - for the types: it is a pipe
        is_done = bool(self._process.stdout.readline())
        timer.join()
        self._process.communicate()
        return not is_done

    def close(self) -> None:
        """
        Have it end, and wait until it is gone.
        """
        self._process.communicate()

    def _order(self, times: int) -> None:
        assert self._process.stdin is not None  # noqa: S101 - for the types: it is a pipe
        self._process.stdin.write(b"%d\n" % times)
        self._process.stdin.flush()

    def _answer(self) -> Polled:
        assert self._process.stdout is not None  # noqa: S101 - for the types: it is a pipe
        line = self._process.stdout.readline()
        if not line:
            raise WorkerFailedError(f"{self.side} ended with {self._process.wait()}")
        polled = msgspec.json.decode(line, type=Polled)
        if polled.problem:
            raise WorkerFailedError(f"{self.side}: {polled.problem}")
        return polled


@contextmanager
def poller(
    side: str, *, database: str, folder: Path, url: str, env: Mapping[str, str] | None = None
) -> Iterator[PollWorker]:
    """
    Start a process of a side; it is gone after the block.
    """
    worker = PollWorker(side, database=database, folder=folder, url=url, env=env)
    try:
        yield worker
    finally:
        worker.close()


def recorded(side: str, database: str) -> list[str]:
    """
    Return the ids of all commits that a side has recorded, as often and in the order in which it has.
    """
    if side == BUILDBOT:
        engine = create_engine(database.replace("postgresql:", "postgresql+psycopg:"), poolclass=NullPool)
        with engine.connect() as connection:
            return list(connection.execute(text("SELECT revision FROM changes ORDER BY changeid")).scalars())
    found: list[str] = []
    with Store(database) as store:
        after = 0
        while changes := store.changes(after=after):
            after = changes[-1].number
            found += [commit.oid for change in changes for commit in change.commits]
    return found
