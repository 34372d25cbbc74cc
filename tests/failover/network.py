"""A TCP proxy between one worker and its server: slow, cut, half-open, or losing the answers to commits."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import Literal

from sqlalchemy import make_url

from tests.failover.commits import watcher

Mode = Literal["pass", "slow", "cut", "half-open", "lose answers"]

_CHUNK = 65_536
_SLOW = 0.3
"""Seconds by which every message is late."""


class Network:
    """
    Carries what a worker and its server say to each other, in the way that it is told to.

    Args:
        url: of the database behind it.
    """

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        self.lost = 0
        """How many answers to commits were lost: the server had done them, and whoever asked was not told."""
        self._backend = parsed.get_backend_name()
        self._target = (parsed.host or "127.0.0.1", parsed.port or 0)
        self._loop = asyncio.new_event_loop()
        self._writers: set[asyncio.StreamWriter] = set()
        self._mode: Mode = "pass"
        self._passing = asyncio.Event()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(asyncio.start_server(self._carry, "127.0.0.1", 0), self._loop)
        port = self._server.result(10).sockets[0].getsockname()[1]
        self.url = parsed.set(host="127.0.0.1", port=port).render_as_string(hide_password=False)
        self.set("pass")

    def set(self, mode: Mode) -> None:
        """
        Carry everything in this way from now on.
        """
        asyncio.run_coroutine_threadsafe(self._begin(mode), self._loop).result(10)

    def close(self) -> None:
        """
        Cut everything, and end.
        """
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _begin(self, mode: Mode) -> None:
        self._set(mode)

    async def _end(self) -> None:
        self._server.result().close()
        self._set("cut")
        carriers = asyncio.all_tasks() - {asyncio.current_task()}
        for task in carriers:
            task.cancel()
        await asyncio.gather(*carriers, return_exceptions=True)

    def _set(self, mode: Mode) -> None:
        self._mode = mode
        if mode == "half-open":
            self._passing.clear()
        else:
            self._passing.set()
        if mode == "cut":
            for writer in list(self._writers):
                writer.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if self._mode != "cut":
                await self._carry_on(reader, writer)
        finally:
            await _cut(writer)

    async def _carry_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        commits = watcher(self._backend)
        # Where the server is away, whoever called is cut off.
        with contextlib.suppress(OSError):
            answers, server = await asyncio.open_connection(*self._target)
            try:
                await asyncio.gather(
                    self._pump(reader, server, commits.asked),
                    self._pump(answers, writer, commits.answered),
                    return_exceptions=True,
                )
            finally:
                await _cut(server)

    async def _pump(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, is_commits_answer: Callable[[bytes], bool]
    ) -> None:
        self._writers.add(sink)
        try:
            while data := await source.read(_CHUNK):
                is_answer = is_commits_answer(data)
                await self._passing.wait()
                if is_answer and self._mode == "lose answers":
                    self.lost += 1
                    sink.transport.abort()
                    return
                if self._mode == "slow":
                    await asyncio.sleep(_SLOW)
                sink.write(data)
        finally:
            self._writers.discard(sink)
            sink.close()


async def _cut(writer: asyncio.StreamWriter) -> None:
    """
    End a connection, and wait until it has ended: a loop that stops before would leave it open.
    """
    writer.transport.abort()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
