"""A child process that never outlives its caller: its whole group is killed when the caller leaves."""

from __future__ import annotations

import asyncio
import os
import signal
from asyncio.streams import StreamReader
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from tempfile import TemporaryFile
from typing import cast

_PIECE = 65_536
_REMEMBERED = 262_144
_LAST_WORDS = 1.0
"""Seconds to wait for the rest of stderr: a helper that stays behind (ssh's ControlPersist) may keep it open."""


class _Errors(asyncio.Protocol):
    """
    The end of what a child wrote to stderr, and when it last did.
    """

    def __init__(self) -> None:
        self.tail = b""
        self.heard = 0.0
        self.closed = asyncio.Event()

    def data_received(self, data: bytes) -> None:
        self.heard = asyncio.get_running_loop().time()
        self.tail = (self.tail + data)[-_REMEMBERED:]

    def connection_lost(self, _exc: Exception | None) -> None:
        self.closed.set()


class Child:
    """
    A running command, read piece by piece.

    It may work as long as it likes, but not be silent for longer than `patience` seconds: then `TimeoutError` is
    raised. What it writes to stderr (progress) counts as a sign of life.
    """

    def __init__(self, process: Process, errors: _Errors, *, patience: float) -> None:
        self._process = process
        self._errors = errors
        self._patience = patience

    async def output(self) -> AsyncGenerator[bytes]:
        """
        Yield the pieces of its output; while nobody asks for the next one, it has to wait.
        """
        while piece := await self._read():
            yield piece

    async def _read(self) -> bytes:
        asked = asyncio.get_running_loop().time()
        while True:
            deadline = max(asked, self._errors.heard) + self._patience
            try:
                async with asyncio.timeout_at(deadline):
                    return await _stdout(self._process).read(_PIECE)
            except TimeoutError:
                if self._errors.heard + self._patience <= deadline:
                    raise

    async def ended(self) -> int:
        """
        Wait for its end and return its exit code.
        """
        async with asyncio.timeout(self._patience):
            return await self._process.wait()

    async def complaint(self) -> bytes:
        """
        Return the end of what it wrote to stderr, once it has ended.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(_LAST_WORDS):
                await self._errors.closed.wait()
        return self._errors.tail


@asynccontextmanager
async def running(
    command: Sequence[str], *, env: Mapping[str, str], stdin: bytes = b"", patience: float
) -> AsyncIterator[Child]:
    """
    Run a command in a process group of its own; on leaving, kill what is left of it and wait until it is gone.
    """
    async with _stderr() as (errors, stderr):
        try:
            process = await _start(command, env=env, stdin=stdin, stderr=stderr)
        finally:
            os.close(stderr)
        try:
            yield Child(process, errors, patience=patience)
        finally:
            await _end(process)


@asynccontextmanager
async def _stderr() -> AsyncIterator[tuple[_Errors, int]]:
    reading, writing = os.pipe()
    transport, errors = await asyncio.get_running_loop().connect_read_pipe(_Errors, os.fdopen(reading, "rb", 0))
    try:
        yield errors, writing
    finally:
        transport.close()


async def _start(command: Sequence[str], *, env: Mapping[str, str], stdin: bytes, stderr: int) -> Process:
    with TemporaryFile() as given:  # a file, because a pipe must be filled while the output is read
        given.write(stdin)
        given.seek(0)
        starting = asyncio.ensure_future(
            asyncio.create_subprocess_exec(
                *command,
                stdin=given if stdin else DEVNULL,
                stdout=PIPE,
                stderr=stderr,
                env=env,
                cwd="/",
                umask=0o077,
                start_new_session=True,
            )
        )
        try:
            return await asyncio.shield(starting)
        except asyncio.CancelledError:
            await _end(await starting)
            raise


async def _end(process: Process) -> None:
    if process.returncode is None or process.returncode < 0:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    await _stdout(process).read()  # asyncio counts a process as gone when its pipes are read to their end
    await process.wait()


def _stdout(process: Process) -> StreamReader:
    return cast("StreamReader", process.stdout)  # it was started with a pipe
