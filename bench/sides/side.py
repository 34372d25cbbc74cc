"""What every side can be told to do, whoever it is."""

from __future__ import annotations

from typing import Protocol

from bench.orders import Opening, Ready, Turn


class Side(Protocol):
    """
    One that is measured.
    """

    async def open(self, opening: Opening) -> Ready:
        """
        Connect to the database as a user would.
        """

    async def take(self, turn: Turn) -> float:
        """
        Take a turn, and return the seconds on the clock.
        """

    async def close(self) -> None:
        """
        Disconnect.
        """
