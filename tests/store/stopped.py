"""A process that is stopped in the midst of a transaction, and what becomes of the lock that it holds."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from types import TracebackType
from typing import Self

PROGRAM = """
import os, signal, sys
from headwater.store.engine import open_engine, parse
from headwater.store.history import NoHistory
from headwater.store.session import Session, TroubleError

engine, dialect = open_engine(parse(sys.argv[1]))
session = Session(engine, dialect, NoHistory())
try:
    with session.transaction():
        session.count("UPDATE changesources SET name = name WHERE id = :id", id=int(sys.argv[2]))
        session.rows("SELECT masterid FROM heartbeats WHERE masterid = :id {for_update}", id=int(sys.argv[3]))
        os.kill(os.getpid(), signal.SIGSTOP)
except TroubleError as error:
    print(error.trouble.name)
else:
    print("COMMITTED")
"""


class StoppedClient:
    """
    A process that locked a source and the heartbeat of a master in a transaction, and was stopped before its end.
    """

    def __init__(self, url: str, *, source: int, master: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, url, str(source), str(master)], stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        self._said = self._process.stdout
        _, status = os.waitpid(self._process.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        self._said.close()

    @property
    def pid(self) -> int:
        """
        The id of the process.
        """
        return self._process.pid

    def go_on(self) -> str:
        """
        Let the process go on to its end; return what it says of its transaction.
        """
        self._process.send_signal(signal.SIGCONT)
        return self._said.read().strip()
