"""A cluster of workers, and the faults that are done to it."""

from __future__ import annotations

import random
import signal
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import monotonic

from sqlalchemy import make_url

from headwater import Settings, Store
from headwater.cluster.timing import Timing
from headwater.errors import DatabaseError
from tests.databases import Server
from tests.failover.checker import idle_at_the_end
from tests.failover.events import events, now
from tests.failover.faults import Fault, Faults, How
from tests.failover.network import Mode
from tests.failover.process import Process
from tests.failover.wallclock import jump
from tests.failover.worker import KIND

TIMING = Timing(heartbeat=1.0, lease=4.2, expiry=6.0, quiet=3.0, unclaimed=3.0)
"""Quicker than usual, so that a minute holds many faults."""

_SOURCES = 12

_MODES: tuple[Mode, ...] = ("slow", "cut", "half-open", "lose answers")
_PATIENCE = 30.0
"""Seconds in which a worker has to end after SIGTERM, before it is killed."""
_LOSING = ("network of one: lose answers", "network of all: lose answers")


class Chaos:
    """
    Does to a cluster what machines do to it, in an order that the seed decides.

    Args:
        server: whose database the cluster is on; it is killed and restarted, too.
        url: of that database.
        folder: for the diaries.
        seed: of everything random.
        workers: how many masters there are.
    """

    def __init__(self, server: Server, url: str, folder: Path, *, seed: int, workers: int = 4) -> None:
        self.done: Counter[str] = Counter()
        self.faults = Faults(folder / "faults")
        self.kind = server.kind
        self._server = server
        self._url = url
        self._folder = folder
        self._random = random.Random(seed)
        self._later: list[tuple[float, Callable[[], object]]] = []
        with Store(url) as store:
            ids = store.register(f"source {number}" for number in range(_SOURCES))
            for name, id_ in ids.items():
                store.configure(id_, Settings(kind=KIND, url=name))
        self.sources = sorted(ids.values())
        self.processes = [Process(f"w{number}", url, folder, TIMING) for number in range(workers)]

    def wait_until_all_act(self) -> None:
        """
        Wait until somebody acts for every source.
        """
        end = monotonic() + 30
        while idle_at_the_end(events(self._folder), self.sources, 0):
            assert monotonic() < end, "not everything runs"
            threading.Event().wait(0.1)

    def go_on_for(self, seconds: float) -> None:
        """
        Do one thing after the other; what takes a while overlaps.
        """
        end = monotonic() + seconds
        pause = threading.Event()
        while monotonic() < end:
            pause.wait(self._random.uniform(0.3, 2.0))
            self._do_what_is_due()
            self._random.choice(self._faults())()
        while self._later:
            pause.wait(0.1)
            self._do_what_is_due()

    def restart_server(self, times: int) -> None:
        """
        Restart the server under load again and again, now in good order, now by a power cut.
        """
        for _ in range(times):
            self._restart_server()
            threading.Event().wait(self._random.uniform(1, 6))

    def heal(self) -> float:
        """
        Put everything right that may still be wrong; return the second of the host's clock.
        """
        for process in self.processes:
            if process.network:
                process.network.set("pass")
            if not process.is_running:
                process.start()
            elif process.is_paused:
                process.signal(signal.SIGCONT)
        self.faults.heal()
        return now()

    @property
    def lost_answers(self) -> int:
        """
        How many answers to commits were lost on their way.
        """
        return sum(process.network.lost for process in self.processes if process.network)

    def missed(self) -> list[str]:
        """
        Tell which faults were drawn and did not come about.
        """
        was_drawn = any(self.done[fault] for fault in _LOSING)
        return ["answers to commits were to be lost, and none was"] if was_drawn and not self.lost_answers else []

    def stop(self) -> list[int]:
        """
        End all workers in good order, and return their exit codes.
        """
        for process in self.processes:
            process.signal(signal.SIGTERM)
        codes = [process.end() for process in self.processes]
        for process in self.processes:
            if process.network:
                process.network.close()
        return codes

    def _faults(self) -> list[Callable[[], None]]:
        common = [self._kill, self._pause, self._pause, self._leave, self._force_release, self._jump]
        if self.kind == "sqlite":
            return [*common, self._hold_the_lock]
        return [*common, self._break_a_network, self._break_a_network, self._break_all_networks, self._restart_server]

    def _kill(self) -> None:
        process = self._random.choice(self.processes)
        if process.is_running and not process.is_paused:
            self._begin("kill -9", "gone", process)
            process.signal(signal.SIGKILL)
            process.end()
            self._in(self._random.uniform(0.2, 6), process.start_again)

    def _pause(self) -> None:
        self._pause_one(self._random.choice(self.processes))

    def _pause_one(self, process: Process) -> None:
        if process.is_running and not process.is_paused:
            length = self._random.choice([0.3, 1, 1, 2, 3]) * TIMING.lease
            fault = self._begin(f"SIGSTOP for {length / TIMING.lease:g} x the lease", "paused", process)
            process.signal(signal.SIGSTOP)
            self._in(length, process.wake, fault)

    def _leave(self) -> None:
        process = self._random.choice(self.processes)
        if process.is_running and not process.is_paused:
            self._begin("SIGTERM", "gone", process)
            process.signal(signal.SIGTERM)
            self._in(self._random.uniform(3, 6), partial(self._start_again, process, monotonic() + _PATIENCE))

    def _start_again(self, process: Process, until: float) -> None:
        # Not waited for here: what keeps it from ending may be a network that only this thread mends.
        if process.is_running and monotonic() < until:
            self._in(0.5, partial(self._start_again, process, until))
        else:
            process.start_again()

    def _force_release(self) -> None:
        self.done["force release"] += 1
        try:
            with Store(self._url) as store:
                store.force_release(self._random.sample(self.sources, 3))
        except DatabaseError:
            self.done["force release, refused"] += 1

    def _jump(self) -> None:
        # No heartbeat needs an excuse for it: nothing may depend on that clock.
        self.done["wall clock jumps"] += 1
        process = self._random.choice(self.processes)
        jump(process.wall, self._random.choice([-1, 1]) * 10 ** self._random.uniform(0, 5))
        if self._random.random() < 1 / 2:
            # Who would go by it believes that it still may act when it wakes.
            self._pause_one(process)

    def _hold_the_lock(self) -> None:
        fault = self._begin("write lock held", "cut off")
        connection = sqlite3.connect(str(make_url(self._url).database), timeout=5, isolation_level=None)
        try:
            connection.execute("BEGIN IMMEDIATE")
            threading.Event().wait(self._random.choice([0.5, 2, 2 * TIMING.expiry]))
            connection.execute("ROLLBACK")
        except sqlite3.OperationalError:
            self.done["write lock not to be had"] += 1
        finally:
            connection.close()
            self.faults.over(fault)

    def _break_a_network(self) -> None:
        self._break([self._random.choice(self.processes)], self._random.choice(_MODES))

    def _break_all_networks(self) -> None:
        self._break(self.processes, self._random.choice(_MODES))

    def _break(self, processes: list[Process], mode: Mode) -> None:
        self.done[f"network of {'one' if len(processes) == 1 else 'all'}: {mode}"] += 1
        for process in processes:
            if process.network:
                # A heartbeat commits by itself: whose commits alone lose their answers can beat.
                fault = self.faults.begin("unanswered" if mode == "lose answers" else "cut off", process.name)
                process.network.set(mode)
                self._in(self._random.uniform(0.3, 2.5 * TIMING.lease), partial(process.network.set, "pass"), fault)

    def _restart_server(self) -> None:
        is_killed = self._random.random() < 0.5
        fault = self._begin("server killed" if is_killed else "server restarted", "cut off")
        if is_killed:
            self._server.kill()
        self._server.restart()
        self.faults.over(fault)

    def _begin(self, what: str, how: How, process: Process | None = None) -> Fault:
        self.done[what] += 1
        return self.faults.begin(how, *((process.name, process.pid) if process else ()))

    def _in(self, seconds: float, then: Callable[[], object], fault: Fault | None = None) -> None:
        self._later.append((monotonic() + seconds, then))
        if fault is not None:
            self._later.append((monotonic() + seconds, partial(self.faults.over, fault)))

    def _do_what_is_due(self) -> None:
        due = [then for at, then in self._later if at <= monotonic()]
        self._later = [(at, then) for at, then in self._later if at > monotonic()]
        for then in due:
            then()
