"""A child process that never outlives its caller: its whole group is killed when the caller leaves."""

from __future__ import annotations

import asyncio
import math
import os
import signal
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from tempfile import TemporaryFile
from typing import TypeVar

P = TypeVar("P", bound=asyncio.BaseProtocol)

_OURS = "HEADWATER_"
"""How variables begin that are for us alone: the database's URL has its password."""
_PASSWORDS = frozenset({"MYSQL_PWD", "PGPASSWORD"})
"""Where the databases' own programs look for one, and so do the drivers."""

_PIECE = 65_536
_REMEMBERED = 262_144
_IN_A_PIPE = 1_048_576
"""Bytes: more than a pipe holds."""
_LAST_WORDS = 1.0
"""Seconds to wait for the rest of what an ended process wrote: a helper that stays behind may keep its pipes open."""


def inherited(ours: Mapping[str, str], hidden: Collection[str] = ()) -> dict[str, str]:
    """
    Return what a child may have of our environment: no way into the database, and nothing that is hidden.
    """
    kept_back = _PASSWORDS.union(hidden)
    return {name: value for name, value in ours.items() if not name.startswith(_OURS) and name not in kept_back}


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


class _Output(asyncio.StreamReaderProtocol):
    """
    What a child writes to stdout, taken in no faster than it is read.

    The pipe is ours and not asyncio's, for which no process has ended before all its pipes are closed: whoever is left
    behind with one could keep us waiting for ever.
    """

    def __init__(self) -> None:
        self.reader = asyncio.StreamReader()
        self.closed = asyncio.Event()
        super().__init__(self.reader)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._pipe = transport

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.closed.set()

    def cut(self) -> bool:
        """
        Take in what was written until now, and no more; tell whether somebody could have written more.
        """
        if self._pipe.is_closing():
            return False
        is_held = self._take_in()
        self._pipe.close()
        return is_held

    def _take_in(self) -> bool:
        pipe = self._pipe.get_extra_info("pipe").fileno()
        with suppress(BlockingIOError):
            if written := os.read(pipe, _IN_A_PIPE):
                self.data_received(written)
            return bool(os.read(pipe, 1))
        return True


class Child:
    """
    A running command, read piece by piece.

    It may work for `limit` seconds in all, if there is a limit, but never be silent for longer than `patience`
    seconds: else `TimeoutError` is raised, which says what happened. What it writes to stderr (progress) counts as a
    sign of life. Once it has ended, nobody who has its stdout still is listened to for more than a moment.
    """

    def __init__(
        self, process: Process, output: _Output, errors: _Errors, *, patience: float, limit: float | None
    ) -> None:
        self._process = process
        self._output = output
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
                    return await self._output.reader.read(_PIECE)
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
    async with _pipe(_Output()) as (output, stdout), _pipe(_Errors(on_errors)) as (errors, stderr):
        try:
            process = await _start(command, env=env, stdin=stdin, pipes=(stdout, stderr), descriptors=descriptors)
        finally:
            os.close(stdout)
            os.close(stderr)
        cutting = asyncio.create_task(_cut_when_over(process, output))
        try:
            yield Child(process, output, errors, patience=patience, limit=limit)
        finally:
            cutting.cancel()
            if output.cut():
                _kill(process)
            await _end(process)


@asynccontextmanager
async def _pipe(protocol: P) -> AsyncIterator[tuple[P, int]]:
    reading, writing = os.pipe()
    pipe = os.fdopen(reading, "rb", 0)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, pipe)
    try:
        yield protocol, writing
    finally:
        transport.close()


async def _start(
    command: Sequence[str],
    *,
    env: Mapping[str, str],
    stdin: bytes,
    pipes: tuple[int, int],
    descriptors: Sequence[int],
) -> Process:
    with TemporaryFile() as given:  # a file, because a pipe must be filled while the output is read
        given.write(stdin)
        given.seek(0)
        starting = asyncio.ensure_future(
            asyncio.create_subprocess_exec(
                *command,
                stdin=given if stdin else DEVNULL,
                stdout=pipes[0],
                stderr=pipes[1],
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


async def _cut_when_over(process: Process, output: _Output) -> None:
    await process.wait()
    with suppress(TimeoutError):
        async with asyncio.timeout(_LAST_WORDS):
            await output.closed.wait()
    if output.cut():
        _kill(process)


async def _end(process: Process) -> None:
    # Whom a process that ended by itself has left without its output stays: git's credential cache is meant to.
    if process.returncode is None or process.returncode < 0:
        _kill(process)
    await process.wait()


def _kill(process: Process) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
