"""A server's process: in a folder of its own, as an ordinary user, never outliving whoever started it."""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

NOBODY: Final = 65534
"""Database servers refuse to run as root: root's run as this user, who needs no account."""

USER: Final = NOBODY if os.geteuid() == 0 else None
"""The user that servers run as; None if that is the present one."""

SECONDS_TO_START: Final = 60
SECONDS_TO_STOP: Final = 30


def new_folder(prefix: str) -> Path:
    """
    Make a temporary folder that the user of the server can look into.
    """
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    folder.chmod(0o755)
    return folder


def private_folder(folder: Path) -> Path:
    """
    Make a folder that belongs to the user of the server alone.
    """
    folder.mkdir(mode=0o700)
    if USER is not None:
        os.chown(folder, USER, USER)
    return folder


def run_as_user(command: Sequence[str], folder: Path) -> None:
    """
    Run a command that prepares a server, as the user of the server; raise with its output if it fails.
    """
    done = subprocess.run(
        command,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
        user=USER,
        group=USER,
        extra_groups=None if USER is None else [],
    )
    if done.returncode != 0:
        message = f"{command[0]} failed ({done.returncode}):\n{done.stdout}"
        raise RuntimeError(message)


def free_port() -> int:
    """
    Return a port of 127.0.0.1 that nobody listens on.

    It is below those that the kernel lends to outgoing connections, else a client that tries to reach a server
    while it restarts could be lent that very port, be connected to itself, and keep the server out.
    """
    while True:
        port = random.randint(15_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port


class ServerProcess:
    """
    The process of one server, watched by a guard that ends it when the owner is gone, however that happened.

    Args:
        folder: holds all that the server has; removed by `close`, or by the guard.
        stop_signal: asks the server to stop in good order.
        is_ready: tells whether the server answers.
    """

    def __init__(self, *, folder: Path, stop_signal: signal.Signals, is_ready: Callable[[], bool]) -> None:
        self.folder = folder
        self._stop_signal = stop_signal
        self._is_ready = is_ready
        self._command: Sequence[str] = ()
        self._guard: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        """
        True until the server is stopped or killed, or has given up.
        """
        return self._guard is not None and self._guard.poll() is None

    def start(self, command: Sequence[str]) -> None:
        """
        Run the command, which stays in the foreground, and return when the server answers.
        """
        self._command = command
        self._guard = subprocess.Popen(
            [
                sys.executable,
                "-I",
                Path(__file__).with_name("guard.py"),
                str(self._stop_signal.value),
                str(USER or ""),
                self.folder,
                *command,
            ],
            stdin=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for the owner, who then stops the server
        )
        deadline = time.monotonic() + SECONDS_TO_START
        while not self._is_ready():
            if not self.running or time.monotonic() > deadline:
                message = f"{command[0]} does not start:\n{self._end_of_log()}"
                raise RuntimeError(message)
            time.sleep(0.02)

    def kill(self) -> None:
        """
        End the server at once.
        """
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """
        Stop the server in good order if it runs, and start it again.
        """
        self._end(self._stop_signal)
        self.start(self._command)

    def close(self) -> None:
        """
        Stop the server in good order if it runs, and remove its folder.
        """
        self._end(self._stop_signal)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _end(self, how: signal.Signals) -> None:
        guard, self._guard = self._guard, None
        if guard is None:
            return
        guard.communicate(str(how.value).encode(), SECONDS_TO_STOP)

    def _end_of_log(self) -> str:
        log = self.folder / "log"
        return log.read_text(errors="replace")[-4_000:] if log.exists() else "(it wrote no log)"
