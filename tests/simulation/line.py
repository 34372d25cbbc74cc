"""One connection of a host to the simulated database, and what can happen to a statement on its way."""

from __future__ import annotations

import sqlite3
from typing import Any

from headwater.store.dialect import Trouble
from headwater.store.session import Rows, TroubleError
from tests.simulation.host import Host
from tests.simulation.server import Server

_IDLE = 3.0
"""Seconds after which a server rolls a transaction back whose client says nothing."""


class Line:
    """
    One connection of a host to the server.
    """

    def __init__(self, server: Server, host: Host) -> None:
        self._server = server
        self.host = host
        self._is_cut = False
        self.is_open = False
        """Whether a transaction is."""
        self.statements = 0
        server.lines.append(self)

    def run(self, sql: str, values: dict[str, Any] | None, *, begins: bool, writes: bool) -> tuple[Rows, int]:
        """
        Carry out one statement.

        Args:
            sql: of the statement.
            values: of its parameters.
            begins: whether it begins a transaction.
            writes: whether it writes, though no transaction is open.
        """
        self.statements += 1
        self._travel()
        if self._is_cut:
            self._is_cut = False
            raise _lost("the server has closed the connection")
        if self.is_open and self._server.rows_are_locked and "changesource_masters" in sql:
            self._wait_for_rows()
        answer = self._carry_out(sql, values or {}, begins=begins, writes=writes)
        self._ambush(sql)
        self._travel()
        return answer

    def _carry_out(self, sql: str, values: dict[str, Any], *, begins: bool, writes: bool) -> tuple[Rows, int]:
        server = self._server
        if begins:
            self._begin()
        elif sql == "COMMIT":
            self._commit()
        elif self.is_open:
            return _read(server.tables.writer.execute(sql, values))
        elif writes:
            self._begin()
            answer = _read(server.tables.writer.execute(sql, values))
            self._commit()
            return answer
        else:
            answer = _read(server.tables.reader.execute(sql, values))
            if server.tables.told and server.holder is None:
                server.tell()
            return answer
        return [], -1

    def roll_back(self) -> None:
        """
        Undo what was written, as the client wants it.
        """
        if self.is_open and not self.host.is_dead:
            self.is_open = False
            self._server.roll_back()

    def cut(self) -> None:
        """
        End the connection from the server's side.
        """
        if self.is_open:
            self.is_open = False
            self._server.roll_back()
        self._is_cut = True

    def cut_soon(self) -> None:
        """
        End the connection once the server notices that the client is gone: a file's locks end at once.
        """
        notices = self._server.nature.is_server and self._server.chance.random() < 1 / 2
        self._server.scheduler.after(_IDLE if notices else 0, self.cut)

    def watch_idle(self) -> None:
        """
        Have the transaction rolled back if the client, which has just been paused, is silent for too long.
        """
        if not self.is_open or not self._server.nature.is_server:
            return
        said = self.statements
        self._server.scheduler.after(_IDLE, lambda: self.cut() if self.is_open and self.statements == said else None)

    def _ambush(self, sql: str) -> None:
        asked, happen = self._server.ambushes.get(self.host, (None, None))
        if asked is not None and happen is not None and asked in sql:
            del self._server.ambushes[self.host]
            happen()

    def _begin(self) -> None:
        if not self._server.lock(self, self._server.nature.lock_patience):
            raise TroubleError(Trouble.LOCKED, "somebody else holds the lock")
        self._server.tables.writer.execute("BEGIN IMMEDIATE")
        self.is_open = True

    def _wait_for_rows(self) -> None:
        # The transaction ends first: here is only one lock for everything, and others must not wait for rows.
        self.roll_back()
        self._server.scheduler.sleep(self._server.nature.lock_patience)
        raise TroubleError(Trouble.LOCKED, "somebody else holds the rows")

    def _commit(self) -> None:
        server, chance = self._server, self._server.chance
        self.is_open = False
        if chance.random() >= server.loss:
            server.commit()
            return
        fate = chance.choice(("landed", "did not land", "lands later"))
        if fate == "landed":
            server.commit()
        elif fate == "did not land":
            server.roll_back()
        else:
            server.land_later(chance.uniform(0.01, 2.0))
        raise _lost(f"the answer to COMMIT was lost; it {fate}")

    def _travel(self) -> None:
        """
        Let time pass on the way; the database may be gone by then, or the client have given up.
        """
        server = self._server
        chance, nature = server.chance, server.nature
        seconds = chance.expovariate(1 / nature.latency)
        if server.slow:
            longer = server.slow.get(None, 0) + server.slow.get(self.host, 0)
            seconds += chance.expovariate(1 / longer) if longer else 0
        server.scheduler.sleep(min(seconds, nature.deadline))
        if self._is_unreachable() and server.hangs:
            server.scheduler.sleep(nature.deadline)
        if self._is_unreachable() or seconds > nature.deadline:
            self.cut()
            self._is_cut = False
            raise _lost("no answer in time")

    def _is_unreachable(self) -> bool:
        return self._server.is_away or self.host in self._server.cut_off


def _read(cursor: sqlite3.Cursor) -> tuple[Rows, int]:
    rows = cursor.fetchall() if cursor.description else []
    return rows, cursor.rowcount


def _lost(problem: str) -> TroubleError:
    return TroubleError(Trouble.LOST, problem)
