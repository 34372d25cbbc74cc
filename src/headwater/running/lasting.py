"""A poll while it lasts: it is said if it takes long, and it is ended if it does not come any further."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from headwater.clock import boot_seconds
from headwater.errors import SourceError

LASTS = 1.0
"""Seconds after which it is worth saying that a poll is on its way."""

SILENCE = 1_800.0
"""Seconds without a sign of life after which a poll is given up: git is given up long before, a user's own may hang."""

Say = Callable[[float, str], object]
"""Told since when a poll lasts, and how far it has come, if it says so."""


class Lasting:
    """
    Watches over the polls of one source, one at a time.

    Args:
        say: told what is worth saying.
        lasts: seconds after which it is.
        silence: seconds after which a poll without a sign of life ends.
    """

    def __init__(self, say: Say, *, lasts: float = LASTS, silence: float = SILENCE) -> None:
        self._say = say
        self._lasts = lasts
        self._silence = silence
        self._patience: asyncio.Timeout | None = None
        self.is_said = False
        """Whether the newest poll took long, and this was said."""
        self._began = 0.0
        self._doing = ""

    @asynccontextmanager
    async def poll(self, name: str) -> AsyncIterator[None]:
        """
        Watch over what the block does.

        Raises:
            SourceError: there was no sign of life for too long; the block was cancelled.
        """
        self._began, self._doing, self.is_said = boot_seconds(), "", False
        saying = asyncio.get_running_loop().call_later(self._lasts, self._say_now)
        patience = self._patience = asyncio.timeout(self._silence)
        try:
            async with patience:
                yield
        except TimeoutError as error:
            if not patience.expired():
                raise
            problem = f"the poll gave no sign of life for {self._silence:g} s, and was ended"
            raise SourceError(name, problem) from error
        finally:
            saying.cancel()
            self._patience = None

    def come_further(self) -> None:
        """
        Take note of a sign of life.
        """
        if self._patience is not None and not self._patience.expired():
            self._patience.reschedule(asyncio.get_running_loop().time() + self._silence)

    def progress(self, text: str) -> None:
        """
        Take note of how far the poll has come.
        """
        self.come_further()
        self._doing = text
        if self.is_said and self._patience is not None:
            self._say_now()

    def _say_now(self) -> None:
        self.is_said = True
        self._say(self._began, self._doing)
