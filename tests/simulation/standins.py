"""What the code under test finds in place of its threads, clocks, process ids and chance, while it is simulated."""

from __future__ import annotations

import contextlib
import logging
import random
import time
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any
from unittest import mock

from headwater import clock, identity
from headwater.cluster import claim, engine, membership, processes
from headwater.store import performer, verbs
from tests.simulation.host import Host
from tests.simulation.scheduler import Scheduler, Signal


class Time:
    """
    Stands in for `time`: the clocks of the host whose code runs.
    """

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler

    def clock_gettime(self, clock_id: int) -> float:
        """
        Return the boot clock; no other is asked for.
        """
        assert clock_id == time.CLOCK_BOOTTIME
        return self._read(Host.boot)

    def monotonic(self) -> float:
        """
        Return the clock that stands still during a suspension.
        """
        return self._read(Host.monotonic)

    def time(self) -> float:
        """
        Return the wall clock.
        """
        return self._read(Host.wall)

    def time_ns(self) -> int:
        """
        Return the wall clock in nanoseconds.
        """
        return int(self.time() * 1e9)

    def _read(self, which: Callable[[Host, float], float]) -> float:
        host = self._scheduler.host
        return self._scheduler.now if host is None else which(host, self._scheduler.now)


class Threading:
    """
    Stands in for `threading`: simulated threads of the process whose code runs.
    """

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler

    def Event(self) -> Signal:  # noqa: N802 - as it is called there
        """
        Return an event on virtual time.
        """
        return Signal(self._scheduler)

    def Thread(self, *, target: Callable[..., None], args: tuple[Any, ...] = (), **_: Any) -> Thread:  # noqa: ANN401, N802
        """
        Return a simulated thread.
        """
        return Thread(self._scheduler, lambda: target(*args))


class Thread:
    """
    Stands in for `threading.Thread`.
    """

    def __init__(self, scheduler: Scheduler, run: Callable[[], None]) -> None:
        self._scheduler = scheduler
        self._run = run
        self._ended = Signal(scheduler)

    def start(self) -> None:
        """
        Start it.
        """
        self._scheduler.spawn(self._scheduler.host, self._to_the_end)

    def join(self) -> None:
        """
        Wait until it has ended.
        """
        self._ended.wait()

    def _to_the_end(self) -> None:
        self._run()
        self._ended.set()


class Processes:
    """
    Stands in for `os` where it is asked for process ids.

    Args:
        scheduler: knows whose code runs.
        hosts: all that there are.
    """

    def __init__(self, scheduler: Scheduler, hosts: list[Host]) -> None:
        self._scheduler = scheduler
        self._hosts = hosts
        self._lives = count()

    def getpid(self) -> int:
        """
        Return the process id of whose code runs.
        """
        return 1 if self._scheduler.host is None else self._scheduler.host.pid

    def kill(self, pid: int, _signal: int) -> None:
        """
        Complain as the system does if there is no such process.
        """
        if all(host.is_dead or host.pid != pid for host in self._hosts):
            raise ProcessLookupError

    def token_hex(self, _size: int) -> str:
        """
        Stand in for `secrets`: what makes the name of a life its own says whose it is.
        """
        return f"{self.getpid():04x}{next(self._lives):08x}"

    def machine(self) -> str:
        """
        Stand in for `identity.machine`.
        """
        return "nowhere" if self._scheduler.host is None else self._scheduler.host.machine


class EngineLog(logging.Logger):
    """
    Stands in for the engine's log, which is told of errors that nobody expected: they end the run.
    """

    def exception(self, msg: object, *_: object, **__: object) -> None:
        """
        Raise what was to be logged.
        """
        raise AssertionError(msg)


@contextlib.contextmanager
def installed(
    scheduler: Scheduler, hosts: list[Host], *, chance: random.Random, on_check: Callable[[claim.Claim, bool], None]
) -> Iterator[None]:
    """
    Have the code under test live in the simulation while the block runs.

    Args:
        scheduler: its time and threads.
        hosts: its processes.
        chance: where it draws from.
        on_check: told of every check of a claim, and whether it passed.
    """
    ids = Processes(scheduler, hosts)
    check = claim.Claim.check

    def heard(asked: claim.Claim) -> None:
        try:
            check(asked)
        except Exception:
            on_check(asked, False)  # noqa: FBT003 - nothing else that it could be
            raise
        on_check(asked, True)  # noqa: FBT003

    with contextlib.ExitStack() as stack:
        for module, name, standin in (
            (clock, "time", Time(scheduler)),
            (engine, "threading", Threading(scheduler)),
            # The warden looks at the lease less often than it really does: that can only be worse.
            (engine, "_GLANCE", 0.6),
            (engine, "log", EngineLog("simulated")),
            (processes, "os", ids),
            (verbs, "os", ids),
            (processes, "machine", ids.machine),
            (verbs, "machine", ids.machine),
            (verbs, "host", lambda: "host"),
            (membership, "host", lambda: "host"),
            (verbs, "headwater_version", lambda: "simulated"),
            (performer, "random", chance),
            (identity, "secrets", ids),
            (claim.Claim, "check", heard),
        ):
            stack.enter_context(mock.patch.object(module, name, standin))
        yield
