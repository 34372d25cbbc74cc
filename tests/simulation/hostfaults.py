"""What goes wrong with masters: they crash, leave, are stopped, suspended, slow or cut off."""

from __future__ import annotations

from tests.simulation.misfortune import Kind, Misfortune
from tests.simulation.process import Process


class HostFaults(Misfortune):
    """
    Misfortunes of one master.
    """

    def kinds(self) -> list[Kind]:
        """
        Return what can go wrong here, the more likely more than once.
        """
        kinds: list[Kind] = [self.crash, self.crash, self.pause, self.ambush, self.ambush, self.duel, self.leave]
        kinds += [self.slow_host, self.wall_jump, self.join]
        return [*kinds, self.cut_off, self.cut_off] if self.world.server.nature.is_server else kinds

    def crash(self, *, restarts: bool = True) -> float:
        """
        Kill a process; perhaps start another of its name.
        """
        process = self.somebody()
        if process is None:
            return 0.0
        process.crash()
        return self._restart(process) if restarts else 0.0

    def leave(self) -> float:
        """
        Stop a process as an operator does; perhaps start another of its name.
        """
        process = self.somebody()
        if process is None:
            return 0.0
        self.world.note("fault", process.host, "leaves")
        process.leave()
        late = self.chance.uniform(0, 0.1) if self.chance.random() < 1 / 4 else None
        if late is not None:
            # It is stopped just while it gives everything back.
            self.world.heal_after(30)
            self.later(late, lambda: self.pause(self.chance.uniform(0.1, 20), process))
        return self._restart(process) + 10.0

    def join(self) -> float:
        """
        Start one more process.
        """
        self._start(f"new{len(self.world.hosts)}", "elsewhere")
        return 0.0

    def pause(self, seconds: float | None = None, process: Process | None = None) -> float:
        """
        Stop a process, or its whole host, for a while.
        """
        process = process or self.somebody()
        if process is None or process.host.is_paused or process.host.is_dead:
            return 0.0
        seconds = seconds or self.seconds(0.1, 60)
        host, scheduler = process.host, self.world.scheduler
        is_suspended = self.chance.random() < 1 / 2
        self.unwell(host, seconds, "is suspended" if is_suspended else "is paused")
        host.pause(scheduler.now, is_suspended=is_suspended)
        for line in self.world.server.lines_of(host):
            if line.is_open:
                # It holds the lock: of a file for as long as it is paused, else until the server takes it away.
                self.silence((min(seconds, 3.0) if self.world.server.nature.is_server else seconds) + 3.0)
            line.watch_idle()

        def go_on() -> None:
            host.go_on(scheduler.now)
            scheduler.resume(host, self.chance)

        scheduler.after(seconds, go_on)
        return seconds

    def ambush(self, asked: str | None = None) -> float:
        """
        Stop a process when the database has just done what it asked, and it does not know yet.
        """
        process = self.somebody()
        if process is None:
            return 0.0
        seconds = self.seconds(1, 30)
        asked = asked or self.chance.choice(
            ("UPDATE heartbeats", "UPDATE heartbeats", "COMMIT", "changesource_masters", "")
        )

        def happen() -> None:
            self.world.heal_after(seconds)
            self.pause(seconds, process)

        ambushes = self.world.server.ambushes
        ambushes[process.host] = (asked, happen)
        self.world.scheduler.after(2.5, lambda: ambushes.pop(process.host, None))
        return 3.0

    def duel(self) -> float:
        """
        Stop a process until it is about to be given up, and stop all others just then.
        """
        process = self.somebody()
        if process is None:
            return 0.0
        seconds = self.chance.uniform(9, 13)
        self.pause(seconds, process)

        def stop_the_others() -> None:
            for other in self.world.living():
                if other is not process:
                    self.pause(self.chance.uniform(1, 15), other)

        self.world.scheduler.after(seconds - self.chance.uniform(0, 1.5), stop_the_others)
        return seconds + 15.0

    def cut_off(self) -> float:
        """
        Let one process alone not reach the database.
        """
        process = self.somebody()
        if process is None:
            return 0.0
        server, seconds = self.world.server, self.seconds(1, 40)
        server.hangs = self.chance.random() < 1 / 2
        self.unwell(process.host, seconds + 2, "is cut off")
        if any(line.is_open for line in server.lines_of(process.host)):
            # Its locks go when the server notices.
            self.silence(6.0)
        server.cut_off.add(process.host)
        self.world.scheduler.after(seconds, lambda: server.cut_off.discard(process.host))
        return seconds + 2.0

    def slow_host(self) -> float:
        """
        Let the statements of one process take long.
        """
        process = self.somebody()
        return 0.0 if process is None else self.slow_down(process.host)

    def wall_jump(self) -> float:
        """
        Set the wall clock of a host.
        """
        process = self.somebody()
        if process is not None:
            by = self.chance.choice((-1, 1)) * self.seconds(5, 3600)
            self.world.note("fault", process.host, f"sets its wall clock by {by:.1f} s")
            process.host.wall_jump += by
        return 0.0

    def _restart(self, process: Process) -> float:
        if self.chance.random() < 1 / 3:
            return 0.0
        seconds = self.seconds(0.1, 20)
        self.world.scheduler.after(seconds, lambda: self._start(process.given_name, process.host.machine))
        return seconds

    def _start(self, given_name: str, machine: str) -> None:
        self.world.add(given_name, machine=machine)
