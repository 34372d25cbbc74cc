"""A child process that never outlives its caller: its whole group is killed when the caller leaves."""

from __future__ import annotations

import asyncio
import math
import os
import signal
from asyncio.streams import StreamReader
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from tempfile import TemporaryFile
from typing import cast

_PIECE = 65_536
_REMEMBERED = 262_144
_LAST_WORDS = 1.0
"""Seconds to wait for the rest of stderr: a helper that stays behind (ssh's ControlPersist) may keep it open."""


def _nobody(_said: bytes) -> None:
    """
    Take note of nothing.
    """


class _Errors(asyncio.Protocol):
    """
    The end of what a child wrote to stderr, and when it last did.
    """

    def __init__(self, on_errors: Callable[[bytes], object]) -> None:
        self._on_errors = on_errors
        self.tail = b""
        self.heard = 0.0
        self.closed = asyncio.Event()

    def data_received(self, data: bytes) -> None:
        self.heard = asyncio.get_running_loop().time()
        self.tail = (self.tail + data)[-_REMEMBERED:]
        self._on_errors(data)

    def connection_lost(self, _exc: Exception | None) -> None:
        self.closed.set()


class Child:
    """
    A running command, read piece by piece.

    It may work for `limit` seconds in all, if there is a limit, but never be silent for longer than `patience`
    seconds: else `TimeoutError` is raised, which says what happened. What it writes to stderr (progress) counts as a
    sign of life.
    """

    def __init__(self, process: Process, errors: _Errors, *, patience: float, limit: float | None) -> None:
        self._process = process
        self._errors = errors
        self._patience = patience
        self._limit = limit
        self._until = math.inf if limit is None else asyncio.get_running_loop().time() + limit

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
                async with asyncio.timeout_at(min(deadline, self._until)):
                    return await _stdout(self._process).read(_PIECE)
            except TimeoutError as error:
                if self._until <= deadline or self._errors.heard + self._patience <= deadline:
                    raise self._too_late() from error

    async def ended(self) -> int:
        """
        Wait for its end and return its exit code.
        """
        try:
            async with asyncio.timeout(self._patience):
                return await self._process.wait()
        except TimeoutError as error:
            raise self._too_late() from error

    def _too_late(self) -> TimeoutError:
        if asyncio.get_running_loop().time() >= self._until:
            return TimeoutError(f"was not done after {self._limit:g} s")
        return TimeoutError(f"gave no sign of life for {self._patience:g} s")

    async def complaint(self) -> bytes:
        """
        Return the end of what it wrote to stderr, once it has ended.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(_LAST_WORDS):
                await self._errors.closed.wait()
        return self._errors.tail


@asynccontextmanager
async def running(  # noqa: PLR0913 - all that a process can be given
    command: Sequence[str],
    *,
    env: Mapping[str, str],
    patience: float,
    limit: float | None = None,
    stdin: bytes = b"",
    descriptors: Sequence[int] = (),
    on_errors: Callable[[bytes], object] = _nobody,
) -> AsyncIterator[Child]:
    """
    Run a command in a process group of its own; on leaving, kill what is left of it and wait until it is gone.

    It inherits the file descriptors that are named, and no others. `on_errors` is told what it writes to stderr.
    """
    async with _stderr(on_errors) as (errors, stderr):
        try:
            process = await _start(command, env=env, stdin=stdin, stderr=stderr, descriptors=descriptors)
        finally:
            os.close(stderr)
        try:
            yield Child(process, errors, patience=patience, limit=limit)
        finally:
            await _end(process)


@asynccontextmanager
async def _stderr(on_errors: Callable[[bytes], object]) -> AsyncIterator[tuple[_Errors, int]]:
    reading, writing = os.pipe()
    pipe = os.fdopen(reading, "rb", 0)
    transport, errors = await asyncio.get_running_loop().connect_read_pipe(lambda: _Errors(on_errors), pipe)
    try:
        yield errors, writing
    finally:
        transport.close()


async def _start(
    command: Sequence[str], *, env: Mapping[str, str], stdin: bytes, stderr: int, descriptors: Sequence[int]
) -> Process:
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
                pass_fds=descriptors,
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
