"""Real Buildbot masters in temporary folders, each a process of its own under twistd."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import NamedTuple

from tests.acceptance.processes import SOON, Lines
from tests.databases.drivers import for_buildbot

REPOSITORY = Path(__file__).parents[2]

_PATIENCE = 120.0
"""Seconds in which a master starts on a machine that has a lot else to do."""

PATHS = f"{REPOSITORY}:{REPOSITORY / 'src'}"

TWISTD = Path(sys.executable).with_name("twistd")

LINE = "from buildbot.plugins import util; c.setdefault('services', []).append(util.ChangeSourceClaims({arguments}))"

_OPTIONS = ("--nodaemon", "--no_save", "--logfile=-", "--python=buildbot.tac", "--pidfile=")

_TAC = """
from twisted.application import service
from buildbot.master import BuildMaster
application = service.Application('buildmaster')
master = BuildMaster({folder!r}, "master.cfg", 0o22)
master.setServiceParent(application)
"""

_CFG = """
from tests.buildbot.probe import Probe
c = BuildmasterConfig = {{}}
c["db"] = {{"db_url": {url!r}}}
c["multiMaster"] = True
c["buildbotNetUsageData"] = None
c["protocols"] = {{}}
c["workers"] = []
c["builders"] = []
c["change_source"] = [Probe(name=f"probe{{n}}", pollInterval={poll}, pollAtLaunch=True) for n in range({sources})]
{more}
"""


class Poll(NamedTuple):
    """
    The beginning or the end of a poll, in seconds since the host booted.
    """

    at: float
    what: str
    source: str
    master: str


@dataclass(kw_only=True)
class Config:
    """
    What stands in a master.cfg.
    """

    url: str
    sources: int = 1
    poll: int = 1
    line: str | None = LINE.format(arguments="")
    more: str = ""

    def text(self) -> str:
        """
        Return the file.
        """
        more = "\n".join(part for part in (self.more, self.line) if part)
        return _CFG.format(url=for_buildbot(self.url), sources=self.sources, poll=self.poll, more=more)


class BuildMaster:
    """
    One master: its folder, and its process while there is one.
    """

    def __init__(self, folder: Path, config: Config) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        (folder / "buildbot.tac").write_text(_TAC.format(folder=str(folder)))
        self.configure(config)
        self.name = f"{os.uname()[1]}:{folder}"
        self._process: subprocess.Popen[bytes] | None = None

    def configure(self, config: Config) -> None:
        """
        Write its master.cfg.
        """
        self.config = config
        (self.folder / "master.cfg").write_text(config.text())

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """
        Its process, while it runs.
        """
        assert self._process is not None
        return self._process

    def start(self) -> None:
        """
        Start it; that it runs is awaited by `wait_until_running`.
        """
        self._process = subprocess.Popen(
            [str(TWISTD), *_OPTIONS, f"--rundir={self.folder}"],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": PATHS},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        assert self._process.stdout is not None
        self.log = Lines(self._process.stdout)

    def wait_until_running(self) -> float:
        """
        Wait until it has started.
        """
        self.log.wait_for_line("BuildMaster is running", _PATIENCE)
        return monotonic()

    def signal(self, how: signal.Signals) -> None:
        """
        Send a signal to its process.
        """
        self.process.send_signal(how)

    def kill(self) -> None:
        """
        End it as `kill -9` does, if it runs.
        """
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self) -> int:
        """
        Ask it to end, and wait until it has.
        """
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(SOON)
        self._process = None
        return code

    def polls(self) -> list[Poll]:
        """
        Return what its sources wrote down so far.
        """
        path = self.folder / "diary"
        lines = path.read_text().splitlines() if path.exists() else []
        said = [json.loads(line) for line in lines if line.endswith("}")]
        return [Poll(one["at"], one["what"], one["source"], self.name) for one in said]


@contextmanager
def masters(folder: Path, configs: Sequence[Config]) -> Iterator[list[BuildMaster]]:
    """
    Give masters that are not started yet; what of them still runs afterwards is killed.
    """
    with ExitStack() as stack:
        made = [BuildMaster(folder / f"master{number}", config) for number, config in enumerate(configs)]
        for master in made:
            stack.callback(master.kill)
        yield made
