"""How long the database may take: what the client waits for one answer, and all that is measured by it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from headwater.errors import TimingError

DEADLINE = 2.0
"""Seconds that a client waits for the answer to one statement, unless told otherwise."""

_LEAST_LOGIN = 2
"""psycopg waits no shorter for a login, whatever it is told."""


@dataclass(frozen=True)
class Deadlines:
    """
    The limits of one database, in seconds. The order lock < statement < client keeps every answer a sentence.

    Args:
        client: how long the client waits for the answer to one statement; the others grow and shrink with it.

    Raises:
        TimingError: nobody can wait for so long.
    """

    client: float = DEADLINE

    def __post_init__(self) -> None:
        if not 0 < self.client < math.inf:
            raise TimingError(f"the deadline of {self.client:g} s for one statement must be more than 0, and end")

    @property
    def login(self) -> int:
        """
        How long a login may last; whole seconds, for no driver takes others.
        """
        return max(_LEAST_LOGIN, math.ceil(self.client))

    @property
    def statement(self) -> float:
        """
        How long the server works on one statement.
        """
        return 0.75 * self.client

    @property
    def lock(self) -> float:
        """
        How long the server lets a statement wait for a lock.
        """
        return 0.6 * self.client

    @property
    def idle(self) -> float:
        """
        How long the server waits for the next statement of a transaction, until it ends that.
        """
        return 1.5 * self.client

    @property
    def patience(self) -> float:
        """
        How long a client goes on to try again.
        """
        return 2.5 * self.client

    def filled(self, setting: str) -> str:
        """
        Put the limits that stand in braces into a setting: in seconds, or for a server that wants that in whole ones.
        """
        return setting.format(
            lock=f"{self.lock:f}",
            statement=f"{self.statement:f}",
            idle=f"{self.idle:f}",
            whole_lock=max(1, int(self.lock)),
            whole_idle=math.ceil(self.idle),
        )


USUAL = Deadlines()
