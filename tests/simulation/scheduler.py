"""Virtual time: simulated threads that sleep and wait, and things that happen, in one order for one seed."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable
from itertools import count
from typing import ClassVar

from tests.simulation.crew import Crew, Worker
from tests.simulation.host import Host

_FOR_EVER = float("inf")


class KilledError(BaseException):
    """
    The process of this simulated thread was killed; it unwinds, and nothing that it does on the way counts.
    """


class Entry:
    """
    Something that happens at a time: a thread goes on, or a function is called.
    """

    __slots__ = ("action", "host", "is_off", "slept")

    def __init__(self, action: Task | Callable[[], object], host: Host | None) -> None:
        self.action = action
        self.host = host
        self.is_off = False
        self.slept: float | None = None
        """For a timer of the host: how long that had been suspended in all when it was set."""


class Task:
    """
    A simulated thread of a host's process, or of nobody.
    """

    __slots__ = ("host", "is_done", "is_killed", "worker")

    def __init__(self, host: Host | None, worker: Worker) -> None:
        self.host = host
        self.worker = worker
        self.is_killed = False
        self.is_done = False


class Scheduler:
    """
    Gives the baton to one simulated thread at a time, in the order of their times.

    What belongs to a paused host waits until that goes on; what belongs to a dead one never happens.
    """

    crew: ClassVar[Crew] = Crew()

    def __init__(self) -> None:
        self.now = 0.0
        self.host: Host | None = None
        """Whose code runs now; None for what happens by itself."""
        self.errors: list[BaseException] = []
        """What no simulated thread was prepared for: the run is over."""
        self._heap: list[tuple[float, int, Entry]] = []
        self._numbers = count()
        self._main = Task(None, Worker())
        self._current = self._main
        self._tasks: list[Task] = []

    def at(self, when: float, action: Task | Callable[[], object], host: Host | None = None) -> Entry:
        """
        Have something happen at a time.
        """
        entry = Entry(action, host)
        heapq.heappush(self._heap, (when, next(self._numbers), entry))
        return entry

    def after(self, seconds: float, action: Callable[[], object], host: Host | None = None) -> Entry:
        """
        Have something happen later.
        """
        return self.at(self.now + seconds, action, host)

    def spawn(self, host: Host | None, run: Callable[[], None]) -> Task:
        """
        Start a simulated thread.
        """
        worker = self.crew.take()
        task = Task(host, worker)
        self._tasks.append(task)

        def job() -> None:
            try:
                if not task.is_killed:
                    run()
            except KilledError:
                pass
            except BaseException as error:  # noqa: BLE001 - whatever it is, the run shows it
                self._fail(error)
            task.is_done = True
            self.crew.give_back(worker)
            self._pass_on(None)

        worker.begin(job)
        self.at(self.now, task, host)
        return task

    def sleep(self, seconds: float) -> None:
        """
        Let the running thread wait, by true time.
        """
        task = self._current
        if task.is_killed:
            raise KilledError
        when = self.now + seconds
        if (not self._heap or self._heap[0][0] > when) and not (task.host is not None and task.host.is_paused):
            self.now = when
            return
        self.at(when, task, task.host)
        self._pass_on(task)

    def kill(self, host: Host) -> None:
        """
        End every thread of a host's process; what is running or planned there does not happen any more.
        """
        self._tasks = [task for task in self._tasks if not task.is_done]
        for task in self._tasks:
            if task.host is host:
                task.is_killed = True
                self.at(self.now, task)

    def resume(self, host: Host, chance: random.Random) -> None:
        """
        Let a host that was paused go on with what waited meanwhile, in any order.
        """
        held, host.held = host.held, []
        for when, number, entry in held:
            due = when + self._slept_since(entry, host)
            heapq.heappush(self._heap, (max(due, self.now + chance.uniform(0, 0.01)), number, entry))

    def run_until(self, when: float) -> None:
        """
        Let everything happen until a time; only for the thread that made the scheduler.
        """
        self.at(when, self._main)
        self._pass_on(self._main)
        if self.errors:
            raise self.errors[0]

    def finish(self) -> None:
        """
        Unwind every thread that is left.
        """
        for task in self._tasks:
            if not task.is_done:
                task.is_killed = True
                self.at(self.now, task)
        while not all(task.is_done for task in self._tasks):
            self.at(self.now, self._main)
            self._pass_on(self._main)

    def _fail(self, error: BaseException) -> None:
        self.errors.append(error)
        self.at(float("-inf"), self._main)

    def _pass_on(self, me: Task | None) -> None:
        """
        Let happen what is next until it is a thread's turn; return if that is this thread, once its turn comes.
        """
        while True:
            when, number, entry = heapq.heappop(self._heap)
            action, host = entry.action, entry.host
            if entry.is_off or (type(action) is Task and action.is_done):
                continue
            if host is not None and self._is_held(when, number, entry, host):
                continue
            self.now = max(self.now, when)
            self.host = host if type(action) is not Task else action.host
            if type(action) is not Task:
                self._call(action)
                continue
            self._current = action
            if action is not me:
                action.worker.go()
                if me is None:
                    return
                me.worker.rest()
            if me.is_killed:
                raise KilledError
            return

    def _is_held(self, when: float, number: int, entry: Entry, host: Host) -> bool:
        if host.is_dead:
            return True
        if host.is_paused:
            host.held.append((when, number, entry))
            return True
        if later := self._slept_since(entry, host):
            heapq.heappush(self._heap, (when + later, number, entry))
        return bool(later)

    @staticmethod
    def _slept_since(entry: Entry, host: Host) -> float:
        """
        Return by how much a timer is late because its host was suspended.
        """
        if entry.slept is None:
            return 0.0
        later, entry.slept = host.slept - entry.slept, host.slept
        return later

    def _call(self, action: Task | Callable[[], object]) -> None:
        try:
            action()  # type: ignore[operator] # no Task
        except Exception as error:  # noqa: BLE001 - whatever it is, the run shows it
            self._fail(error)


class Signal:
    """
    An event of a simulated process, as `threading.Event` is one of a real process.
    """

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._is_set = False
        self._waiting: list[Entry] = []

    def is_set(self) -> bool:
        """
        Tell whether it is set.
        """
        return self._is_set

    def set(self) -> None:
        """
        Set it, and wake who waits.
        """
        self._is_set = True
        self.pulse()

    def clear(self) -> None:
        """
        Set it back.
        """
        self._is_set = False

    def pulse(self) -> None:
        """
        Wake who waits now.
        """
        waiting, self._waiting = self._waiting, []
        for entry in waiting:
            entry.is_off = True
            self._scheduler.at(self._scheduler.now, entry.action, entry.host)

    def wait(self, timeout: float | None = None) -> bool:
        """
        Wait until it is set, or for so many seconds of the host's clock.
        """
        scheduler = self._scheduler
        task = scheduler._current
        if task.is_killed:
            raise KilledError
        if self._is_set:
            return True
        rate = 1.0 if task.host is None else task.host.rate
        when = _FOR_EVER if timeout is None else scheduler.now + max(timeout, 0) / rate
        entry = scheduler.at(when, task, task.host)
        entry.slept = None if task.host is None else task.host.slept
        self._waiting.append(entry)
        scheduler._pass_on(task)
        if entry in self._waiting:
            self._waiting.remove(entry)
        return self._is_set
