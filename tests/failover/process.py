"""One worker in a process of its own, and the network between it and its server."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from headwater.cluster.timing import Timing
from tests.failover.network import Network


class Process:
    """
    One worker, started anew after it ended.
    """

    def __init__(self, name: str, url: str, folder: Path, timing: Timing) -> None:
        self.name = name
        self.network = None if url.startswith("sqlite") else Network(url)
        self.wall = folder / f"{name}.wall"
        self._url = self.network.url if self.network else url
        self._folder = folder
        self._timing = timing
        self._lives = 0
        self.is_paused = False
        self.start()

    def start(self) -> None:
        """
        Begin a new life in a new process.
        """
        self._lives += 1
        diary = self._folder / f"{self.name}-{self._lives}.diary"
        times = [str(seconds) for seconds in (self._timing.heartbeat, self._timing.lease, self._timing.expiry)]
        with (self._folder / f"{self.name}.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.failover.worker", self._url, self.name, diary, self.wall, *times],
                cwd=Path(__file__).parents[2],
                stdout=log,
                stderr=log,
            )

    @property
    def is_running(self) -> bool:
        """
        Whether the process is there, paused or not.
        """
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        """
        The number of the process.
        """
        return self._process.pid

    @property
    def is_stopped(self) -> bool:
        """
        Whether the system has stopped the process.
        """
        return Path(f"/proc/{self.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "T"

    def signal(self, number: signal.Signals) -> None:
        """
        Send a signal, if the process is there.
        """
        self.is_paused = number is signal.SIGSTOP
        self._process.send_signal(number)

    def wake(self) -> None:
        """
        Let it go on after a pause.
        """
        if self.is_running:
            self.signal(signal.SIGCONT)

    def start_again(self) -> None:
        """
        Begin a new life; kill the process of the one before if it has not ended.
        """
        if self.is_running:
            self._process.kill()
        self._process.wait()
        self.start()

    def end(self) -> int:
        """
        Wait for it to end after SIGTERM; kill what does not.
        """
        try:
            return self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            return -1
