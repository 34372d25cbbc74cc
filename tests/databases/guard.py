"""Run one server for as long as the process that asked for it lives: a program of its own, not to be imported."""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

SECONDS_TO_STOP = 20


def main(stop_signal: str, user: str, folder: str, *command: str) -> int:
    """
    Run the server until its owner says on standard input by which signal to end it, or until the owner is gone.

    The kernel closes the owner's end of the pipe even if the owner was killed.
    Then the server is asked to stop, and its folder is removed: nobody else will.
    """
    server = start(command, uid=int(user) if user else None, folder=folder)
    owner_is_gone = threading.Event()

    def obey() -> None:
        order = os.read(0, 100)
        if not order:
            owner_is_gone.set()
        end(server, int(order or stop_signal))

    threading.Thread(target=obey, daemon=True).start()
    code = server.wait()
    if owner_is_gone.is_set():
        shutil.rmtree(folder, ignore_errors=True)
    return code


def start(command: tuple[str, ...], *, uid: int | None, folder: str) -> subprocess.Popen[bytes]:
    """
    Start the server as this user; what it prints goes to the log in its folder.
    """
    with Path(folder, "log").open("ab") as log:
        return subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            user=uid,
            group=uid,
            extra_groups=None if uid is None else [],
        )


def end(server: subprocess.Popen[bytes], number: int) -> None:
    """
    Send the signal, and a harder one if that does not help.
    """
    others = children_of(server.pid)
    server.send_signal(number)
    with contextlib.suppress(subprocess.TimeoutExpired):
        server.wait(SECONDS_TO_STOP)
    server.kill()
    # Who was killed has left its own processes behind: PostgreSQL does not start again before the last of them is gone.
    for other in others:
        with contextlib.suppress(OSError):
            signal.pidfd_send_signal(other, signal.SIGKILL)
        select.select([other], [], [], SECONDS_TO_STOP)
        os.close(other)


def children_of(process: int) -> list[int]:
    """
    Return a descriptor for each child of a process, which becomes readable when that has ended.
    """
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # The name, in parentheses, may hold anything; the parent is the second field after it.
            if int(stat.read_text().rpartition(")")[2].split()[1]) == process:
                found.append(os.pidfd_open(int(stat.parent.name)))
    return found


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
