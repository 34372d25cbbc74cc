"""What is asked of a disk that may be one of another host, and that host away: nobody waits for the answer for ever."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

A = TypeVar("A")


async def answer(question: Callable[[], A], *, patience: float) -> A:
    """
    Return what a function returns that reads a disk; raise `TimeoutError` if that takes too long.

    It gets a thread of its own, which is left alone if it hangs. The loop's own threads are few, everybody needs them,
    and a process does not end before they do.
    """
    loop = asyncio.get_running_loop()
    answered: asyncio.Future[A] = loop.create_future()

    def tell(found: A | None, error: Exception | None) -> None:
        if answered.done():
            return
        if error is not None:
            answered.set_exception(error)
        else:
            answered.set_result(found)  # type: ignore[arg-type] # without an error it is an answer

    def ask() -> None:
        found, error = None, None
        try:
            found = question()
        except Exception as raised:  # noqa: BLE001 - whatever it is, it is for who asked
            error = raised
        with suppress(RuntimeError):  # the loop was closed meanwhile
            loop.call_soon_threadsafe(tell, found, error)

    threading.Thread(target=ask, name="headwater-disk", daemon=True).start()
    async with asyncio.timeout(patience):
        return await answered
