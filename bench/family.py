"""What is known of a running process and of those that it has started, from ``/proc``."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

_TICKS = os.sysconf("SC_CLK_TCK")
_OFTEN = 0.02
_NOW_AND_THEN = 0.1


def children(pid: int) -> list[int]:
    """
    Return the processes that a process has started, whichever of its threads did.
    """
    found: list[int] = []
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            found += map(int, (task / "children").read_text().split())
    except OSError:
        pass  # it ended meanwhile
    return found


def family(pid: int) -> list[int]:
    """
    Return a process, and all that come from it.
    """
    return [pid, *(one for child in children(pid) for one in family(child))]


def cpu(pid: int) -> tuple[float, float]:
    """
    Return the seconds of user and system time of a process, and of its children that have ended and theirs.
    """
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    user, system, ended_user, ended_system = (int(field) / _TICKS for field in fields[11:15])
    return user + system, ended_user + ended_system


def cpu_of_family(pid: int) -> float:
    """
    Return the seconds of a process and all that come from it, ended or not.
    """
    total = 0.0
    for one in family(pid):
        try:
            total += sum(cpu(one))
        except OSError:
            continue  # it ended meanwhile: then its parent counts it
    return total


class Peaks:
    """
    Looks at the processes that a process has started, as long as the block lasts.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self.kib = 0
        """The most memory that any of them has had."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._ended.wait(_OFTEN):
            for one in family(self._pid)[1:]:
                self.kib = max(self.kib, _peak_kib(one))


def _peak_kib(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8", errors="replace").splitlines()
        name = Path(f"/proc/{pid}/comm").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return 0  # it ended meanwhile
    if not name.startswith("git"):
        return 0  # it is not git yet, but a copy of who starts it
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM")), 0)


class Crew:
    """
    Counts what processes have running at once, as long as the block lasts.

    Args:
        pids: whose children are counted, of each alone.
    """

    def __init__(self, pids: Sequence[int]) -> None:
        self._pids = pids
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self.most = [0 for _ in pids]
        """The most children that each was seen to have."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    def own(self) -> list[float]:
        """
        Return the seconds of user and system time of each, without what it has started.
        """
        return [cpu(pid)[0] for pid in self._pids]

    def _look(self) -> None:
        while not self._ended.wait(_NOW_AND_THEN):
            self.most = [max(most, len(children(pid))) for most, pid in zip(self.most, self._pids, strict=True)]
