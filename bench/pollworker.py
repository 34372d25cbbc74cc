"""The process of one side of `bench.polling`: it polls as often as it is told to on standard input."""

from __future__ import annotations

import asyncio
import os
import resource
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import BinaryIO

import msgspec

from bench.sides.poller import Poller, Post

HEADWATER = "headwater"
BUILDBOT = "buildbot"


class Polled(msgspec.Struct, frozen=True):
    """
    What some polls took.
    """

    seconds: float
    cpu_own: float
    """Seconds of user and system time of the process itself."""
    cpu_git: float
    """The same of its children, and theirs, that have ended."""
    peak_kib: int
    """The most memory that the process itself has had since it began."""
    problem: str = ""


async def serve(side: Poller, post: Post, answers: BinaryIO, line: Callable[[], Awaitable[bytes]]) -> None:
    """
    Poll as often as each line says, until there are no more lines.
    """
    await side.open(post)
    answers.write(msgspec.json.encode(Polled(0, 0, 0, _peak_kib())) + b"\n")
    while order := await line():
        answers.write(msgspec.json.encode(await _polled(side, int(order))) + b"\n")


async def _polled(side: Poller, times: int) -> Polled:
    problem = ""
    own, git, began = _cpu(resource.RUSAGE_SELF), _cpu(resource.RUSAGE_CHILDREN), time.perf_counter()
    try:
        for _ in range(times):
            await side.poll()
    except Exception as error:  # noqa: BLE001 - whoever steers must hear of anything
        problem = f"{type(error).__name__}: {error}"
    return Polled(
        seconds=time.perf_counter() - began,
        cpu_own=_cpu(resource.RUSAGE_SELF) - own,
        cpu_git=_cpu(resource.RUSAGE_CHILDREN) - git,
        peak_kib=_peak_kib(),
        problem=problem,
    )


def _cpu(whose: int) -> float:
    usage = resource.getrusage(whose)
    return usage.ru_utime + usage.ru_stime


def _peak_kib() -> int:
    # Not ru_maxrss: that also knows what the process was before it became this program.
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


def main() -> None:
    """
    Serve, with standard output kept for answers: what a library prints goes to standard error.
    """
    side, database, folder, url = sys.argv[1:]
    post = Post(database=database, folder=Path(folder), url=url)
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    if side == HEADWATER:
        from bench.sides.headwaterpoller import HeadwaterPoller  # noqa: PLC0415 - a side pays for its own imports only

        asyncio.run(serve(HeadwaterPoller(), post, answers, lambda: asyncio.to_thread(sys.stdin.buffer.readline)))
        return
    from bench.sides.gitpoller import BuildbotPoller, in_reactor  # noqa: PLC0415

    in_reactor(lambda line: serve(BuildbotPoller(), post, answers, line))


if __name__ == "__main__":
    main()
