"""Threads that hand one baton around: of all simulated threads exactly one runs, so the order is ours to choose."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable


class Worker:
    """
    A real thread that carries out simulated ones, one after the other; it waits whenever it has not the baton.
    """

    def __init__(self) -> None:
        self._baton = threading.Lock()
        self._baton.acquire()
        self._job: Callable[[], None] = lambda: None
        self._thread = threading.Thread(target=self._run, name="simulated", daemon=True)

    def begin(self, job: Callable[[], None]) -> None:
        """
        Say what is to be done once the baton comes.
        """
        self._job = job
        if self._thread.ident is None:
            self._thread.start()

    def go(self) -> None:
        """
        Give this worker the baton.
        """
        self._baton.release()

    def rest(self) -> None:
        """
        Wait for the baton; called by the worker itself.
        """
        self._baton.acquire()

    def _run(self) -> None:
        while True:
            self.rest()
            self._job()


class Crew:
    """
    The workers that are free; they outlive a run, for a new thread costs more than many a run of one.
    """

    def __init__(self) -> None:
        self._free: list[Worker] = []

    def take(self) -> Worker:
        """
        Return a worker that has nothing to do.
        """
        return self._free.pop() if self._free else Worker()

    def give_back(self, worker: Worker) -> None:
        """
        Take a worker back.
        """
        self._free.append(worker)


def stay_on_one_core() -> set[int]:
    """
    Keep this thread, and those that it starts, on one core; return where it might run before.

    Handing the baton over within a core is ten times as fast as between two.
    """
    if not hasattr(os, "sched_setaffinity"):
        return set()
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {sorted(before)[os.getpid() % len(before)]})
    return before


def run_anywhere(cores: set[int]) -> None:
    """
    Let this thread run where it might run before.
    """
    if cores:
        os.sched_setaffinity(0, cores)
