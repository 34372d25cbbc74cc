"""What goes wrong with the database: it is away, takes no writes, is slow, loses answers, jumps in time."""

from __future__ import annotations

from tests.simulation.misfortune import Kind, Misfortune

_EXPIRY = 10.0

_BACK = 3600.0
"""Seconds by which the database's clock goes back at the most."""


class DatabaseFaults(Misfortune):
    """
    Misfortunes of everybody.
    """

    def kinds(self) -> list[Kind]:
        """
        Return what can go wrong here, the more likely more than once.
        """
        kinds: list[Kind] = [self.stall, self.stall, self.slow, self.jump]
        if self.world.server.nature.is_server:
            kinds += [self.away, self.away, self.loss, self.row_lock]
        return kinds

    def slow(self) -> float:
        """
        Let the statements of all take long.
        """
        return self.slow_down(None)

    def away(self, seconds: float | None = None) -> float:
        """
        Let the database be gone, refusing all or silent.
        """
        server = self.world.server
        if server.is_away:
            return 0.0
        seconds = seconds or self.seconds(0.2, 3 * _EXPIRY)
        hangs = server.nature.is_server and self.chance.random() < 1 / 2
        self.world.note("fault", "the database", "hangs" if hangs else "is away", f"for {seconds:.1f} s")
        self.silence(seconds)
        server.go_away(hangs=hangs)
        self.world.scheduler.after(seconds, server.come_back)
        return seconds

    def stall(self, seconds: float | None = None) -> float:
        """
        Let all writes wait, while reads go on.
        """
        server = self.world.server
        if server.is_stalled:
            return 0.0
        length = seconds or self.seconds(0.5, 3 * _EXPIRY)
        self.world.note("fault", "the database", "takes no writes", f"for {length:.1f} s")
        server.is_stalled = True

        def hold_the_lock() -> None:
            began = self.world.scheduler.now
            server.stall(length)
            self.world.heal_after(3.0)
            self.world.silent.append((began, self.world.healed_at))

        self.silence(length + 6.0)
        self.world.scheduler.spawn(None, hold_the_lock)
        return length + 6.0

    def row_lock(self) -> float:
        """
        Let somebody lock the rows of the claims: who beats is not concerned.
        """
        server, seconds = self.world.server, self.seconds(3, 30)
        self.world.note("fault", "the claims", f"are locked for {seconds:.1f} s")
        server.rows_are_locked = True
        self.world.scheduler.after(seconds, lambda: setattr(server, "rows_are_locked", False))
        return seconds

    def loss(self) -> float:
        """
        Let the answers to some commits be lost.
        """
        seconds = self.seconds(1, 15)
        server, now = self.world.server, self.world.scheduler.now
        self.world.note("fault", "the database", "loses answers", f"for {seconds:.1f} s")
        # Bad luck can hit one of them alone, and one that is only started later.
        self.world.unwell.append((None, now, now + seconds))
        server.loss = self.chance.uniform(0.05, 0.5)
        self.world.scheduler.after(seconds, lambda: setattr(server, "loss", 0.0))
        return seconds + 2.0

    def jump(self) -> float:
        """
        Set the database's clock.
        """
        by = self.seconds(0.5, 3600) if self.chance.random() < 1 / 2 else -self.seconds(0.1, _BACK)
        self.world.note("fault", "the database", f"sets its clock by {by:.1f} s")
        self.world.server.jump += by
        return 0.0
