"""The real command in a process of its own: what it says is awaited line by line, and it never outlives its test."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import IO, Self

COMMAND = Path(sys.executable).with_name("headwater")

SOON = 30.0
"""Seconds until what must come has to be there, on the slowest machine."""


def timeless(lines: Sequence[str]) -> list[str]:
    """
    Return lines about changes without the time of day: one clock shows it at once, another one later.
    """
    return [re.sub(r"^( *\d+  )[\d:]{8}", r"\1", line) for line in lines]


class Lines:
    """
    The lines that come through a pipe.
    """

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe = pipe
        self._news = threading.Condition()
        self._lines: list[str] = []
        self._passed = 0
        self._ended = False
        threading.Thread(target=self._read, daemon=True).start()

    def wait_for_line(self, pattern: str, timeout: float = SOON) -> re.Match[str]:
        """
        Return the next line in which the pattern is found; lines that were passed over are not looked at again.

        Raises:
            AssertionError: the pipe was closed, or the time was up, before there was such a line.
        """
        deadline = monotonic() + timeout
        with self._news:
            while True:
                if found := self._next(pattern):
                    return found
                if self._ended or not self._news.wait(deadline - monotonic()):
                    raise AssertionError(f"no line with {pattern!r} in:\n" + "\n".join(self._lines))

    def all(self) -> list[str]:
        """
        Wait until the pipe is closed, and return all its lines.
        """
        with self._news:
            assert self._news.wait_for(lambda: self._ended, SOON), "the pipe stays open"
            return list(self._lines)

    def _next(self, pattern: str) -> re.Match[str] | None:
        for line in self._lines[self._passed :]:
            self._passed += 1
            if found := re.search(pattern, line):
                return found
        return None

    def _read(self) -> None:
        with self._pipe:
            for line in self._pipe:  # as bytes, so that nothing but \n ends a line
                self._add(line.decode().removesuffix("\n"))
        with self._news:
            self._ended = True
            self._news.notify_all()

    def _add(self, line: str) -> None:
        with self._news:
            self._lines.append(line)
            self._news.notify_all()


class Process:
    """
    A running `headwater` command; what is left of it when its ``with`` block is left is killed.
    """

    def __init__(self, arguments: Sequence[str], *, cwd: Path, env: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            [COMMAND, *arguments],
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self.out = Lines(self._process.stdout)
        self.err = Lines(self._process.stderr)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.kill()

    @property
    def pid(self) -> int:
        """
        Its process id.
        """
        return self._process.pid

    def kill(self) -> None:
        """
        End it as `kill -9` does, if it still runs.
        """
        self._process.kill()
        self._process.wait()

    def stop(self, how: signal.Signals = signal.SIGINT) -> int:
        """
        Ask it to end, and return the exit code with which it does.
        """
        self._process.send_signal(how)
        return self.ended()

    def ended(self) -> int:
        """
        Wait for its end and return the exit code; negative if a signal killed it.
        """
        return self._process.wait(SOON)
