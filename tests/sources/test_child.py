"""Commands that hang: each is ended with all its helpers."""

from __future__ import annotations

import asyncio
import os
import signal
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from headwater.errors import SourceError
from headwater.sources.child import running
from headwater.sources.git import GitSource

from .watching import watch

SOON = 60.0


class SilentHost:
    """
    A host that accepts connections and never answers.
    """

    def __init__(self) -> None:
        self.connected = asyncio.Event()
        self.left = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """
        Listen until the other side is gone: the kernel says so when its last process has died.
        """
        self.connected.set()
        await reader.read()
        writer.close()
        self.left.set()


@asynccontextmanager
async def silent_host(cache: Path, *, patience: float) -> AsyncIterator[tuple[SilentHost, GitSource]]:
    """
    Serve silence, and a source that is looked for there; over HTTP git leaves the talking to a helper process.
    """
    host = SilentHost()
    server = await asyncio.start_server(host.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        yield host, watch(f"http://127.0.0.1:{port}/api.git", cache, timeout=patience)


def test_a_silent_host_is_given_up(cache: Path) -> None:
    """
    After the timeout the source says that git was killed, and git's helper is gone too.
    """

    async def look() -> str:
        async with silent_host(cache, patience=1.5) as (host, source):
            with pytest.raises(SourceError) as raised:
                await source.look()
            await asyncio.wait_for(host.left.wait(), SOON)
            return str(raised.value)

    assert asyncio.run(look()) == "api: git ls-remote gave no sign of life for 1.5 s and was killed"


def test_a_cancelled_look_leaves_no_process(cache: Path) -> None:
    """
    A look that is cancelled ends git and its helper before it returns.
    """

    async def look() -> bool:
        async with silent_host(cache, patience=60.0) as (host, source):
            looking = asyncio.create_task(source.look())
            await asyncio.wait_for(host.connected.wait(), SOON)
            looking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await looking
            await asyncio.wait_for(host.left.wait(), SOON)
            return looking.cancelled()

    assert asyncio.run(look())


def test_a_command_cancelled_while_it_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A command that is cancelled while it is being started is ended all the same.
    """
    start = asyncio.create_subprocess_exec
    processes: list[Process] = []

    async def cancelled() -> bool:
        started, go_on = asyncio.Event(), asyncio.Event()

        async def start_slowly(*command: str, **_settings: object) -> Process:
            processes.append(await start(*command, stdout=PIPE, start_new_session=True))
            started.set()
            await go_on.wait()
            return processes[0]

        monkeypatch.setattr(asyncio, "create_subprocess_exec", start_slowly)
        running_it = asyncio.create_task(run("sleep", "1000"))
        await asyncio.wait_for(started.wait(), SOON)
        running_it.cancel()
        go_on.set()
        await asyncio.wait([running_it], timeout=SOON)
        return running_it.cancelled()

    assert asyncio.run(cancelled())
    assert [process.returncode for process in processes] == [-signal.SIGKILL]


def test_what_tells_of_its_progress_lives(tmp_path: Path) -> None:
    """
    A command may take longer than it may be silent, as long as it writes to stderr.
    """
    enough = tmp_path / "enough"

    async def output() -> bytes:
        asyncio.get_running_loop().call_later(1.0, enough.touch)
        return (await run("sh", "-c", 'until [ -e "$0" ]; do echo . >&2; done; echo done', str(enough), patience=0.3))[
            1
        ]

    assert asyncio.run(output()) == b"done\n"


def test_what_never_comes_to_an_end() -> None:
    """
    A command that lives, but takes longer than it may in all, is ended.
    """
    with pytest.raises(TimeoutError, match=r"was not done after 0\.5 s"):
        asyncio.run(asyncio.wait_for(run("sh", "-c", "while echo . >&2; do :; done", limit=0.5), SOON))


def test_output_that_nobody_wants() -> None:
    """
    A command whose output is not read any more is ended, though it has more to print.
    """

    async def leave() -> bytes:
        async with running(["yes"], env={"PATH": os.defpath}, patience=60.0) as child:
            first = await anext(child.output())
            await run("true")  # meanwhile, the pipe fills
            return first[:2]

    assert asyncio.run(asyncio.wait_for(leave(), SOON)) == b"y\n"


def test_a_helper_that_stays_behind_is_not_waited_for() -> None:
    """
    A command has ended when it has ended, though a helper that went its own way keeps stderr open.
    """
    code, pid = asyncio.run(run("sh", "-c", "setsid sleep 1000 >/dev/null & echo $!; exit 3"))
    os.kill(int(pid), signal.SIGKILL)

    assert code == 3


def test_a_helper_that_keeps_stdout() -> None:
    """
    So it has if a helper keeps stdout open: what it printed by then is read, and the helper is ended with it.
    """
    gone, inherited = os.pipe()

    async def output() -> bytes:
        command = ["sh", "-c", "sleep 1000 & echo done"]
        async with running(command, env={"PATH": os.defpath}, patience=60.0, descriptors=[inherited]) as child:
            os.close(inherited)
            return b"".join([piece async for piece in child.output()])

    assert asyncio.run(asyncio.wait_for(output(), SOON)) == b"done\n"
    with os.fdopen(gone, "rb") as pipe:
        assert pipe.read() == b"", "nobody has it any more"


def test_a_helper_that_keeps_stdout_is_left() -> None:
    """
    Who does not wait for the rest of the output has the helper ended at once.
    """
    gone, inherited = os.pipe()

    async def leave() -> float:
        command = ["sh", "-c", "sleep 1000 & echo done"]
        async with running(command, env={"PATH": os.defpath}, patience=60.0, descriptors=[inherited]) as child:
            os.close(inherited)
            await child.ended()
            left = asyncio.get_running_loop().time()
        return asyncio.get_running_loop().time() - left

    assert asyncio.run(asyncio.wait_for(leave(), SOON)) < SOON / 4
    with os.fdopen(gone, "rb") as pipe:
        assert pipe.read() == b"", "nobody has it any more"


def test_a_helper_that_went_its_own_way_with_stdout() -> None:
    """
    A helper that is in no group of ours is not ended, and not waited for either.
    """
    code, pid = asyncio.run(asyncio.wait_for(run("sh", "-c", "setsid sleep 1000 & echo $!; exit 3"), SOON))
    os.kill(int(pid), signal.SIGKILL)

    assert code == 3


def test_a_helper_that_keeps_nothing_stays() -> None:
    """
    A helper that let go of the output, as git's credential cache does, goes on when its command has ended well.
    """
    command = "sleep 1000 >/dev/null 2>&1 & echo $!"
    _, pid = asyncio.run(asyncio.wait_for(run("sh", "-c", command), SOON))

    os.kill(int(pid), signal.SIGKILL)


def test_output_that_is_read_late(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    All that a command printed is read, though it ended long before anybody read it.
    """
    monkeypatch.setattr("headwater.sources.child._LAST_WORDS", 0.0)

    async def late() -> int:
        command = ["sh", "-c", "yes | head -c 180000"]
        async with running(command, env={"PATH": os.defpath}, patience=60.0) as child:
            await child.ended()
            await run("true")  # meanwhile, the rest is cut off
            return len(b"".join([piece async for piece in child.output()]))

    assert asyncio.run(asyncio.wait_for(late(), SOON)) == 180_000


async def run(*command: str, patience: float = 60.0, limit: float | None = None) -> tuple[int, bytes]:
    """
    Run a command to its end and return its code and what it printed.
    """
    async with running(command, env={"PATH": os.defpath}, patience=patience, limit=limit) as child:
        output = b"".join([piece async for piece in child.output()])
        code = await child.ended()
        await child.complaint()
        return code, output
