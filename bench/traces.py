"""Which git processes were started: each wrote what it did into a file of its own, as git's own tracing has it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from pathlib import Path


class Traces:
    """
    The traces of all git processes that are started with `env`, on both ends of a connection within this host.

    Args:
        folder: for the traces; it is made.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "traces"
        self._folder.mkdir(parents=True)
        # Not git's events: Headwater has these on standard error while it looks.
        setting = folder / "gitconfig"
        setting.write_text(f"[trace2]\n\tperfTarget = {self._folder}\n\tperfBrief = true\n")
        self.env: Mapping[str, str] = {"GIT_CONFIG_GLOBAL": str(setting)}

    def names(self) -> frozenset[str]:
        """
        Return one name for each process that has been started.
        """
        return frozenset(trace.name for trace in self._folder.iterdir())

    def commands(self, *, since: Collection[str]) -> dict[str, int]:
        """
        Count the processes by their commands, without those whose names are given.
        """
        return dict(Counter(_command(self._folder / name) for name in self.names().difference(since)))


def _command(trace: Path) -> str:
    lines = trace.read_text(encoding="utf-8", errors="replace").splitlines()
    events = [[part.strip() for part in line.split("|")] for line in lines]
    return next((event[-1].split()[0] for event in events if "cmd_name" in event), "git")
