"""What everybody on a machine can see of the processes that a process has started."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

_PROC = Path("/proc")


class Sampler:
    """
    Looks, again and again, for secrets in the arguments and the environment of the children of a process.

    Args:
        pid: of the process; what it was given itself is its own affair.
        secrets: what must not be seen.
    """

    def __init__(self, pid: int, secrets: Sequence[str]) -> None:
        self.programs: set[str] = set()
        """The names of the programs that were seen."""
        self.found: list[str] = []
        """Where a secret was seen."""
        self._pid = pid
        self._secrets = [secret.encode() for secret in secrets]
        self._own = self._read(pid, "cmdline")
        self._is_over = threading.Event()

    @contextmanager
    def looking(self) -> Iterator[None]:
        """
        Look as often as possible until the block ends.
        """
        thread = threading.Thread(target=self._look_on)
        thread.start()
        try:
            yield
        finally:
            self._is_over.set()
            thread.join()

    def _look_on(self) -> None:
        while not self._is_over.is_set():
            self.look()

    def look(self) -> None:
        """
        Look once.
        """
        for pid in self._descendants(self._pid):
            self._look_at(pid)

    def _look_at(self, pid: int) -> None:
        # The environment first: who is another program afterwards may have been its parent's twin while it was read.
        environment = self._read(pid, "environ")
        arguments = self._read(pid, "cmdline")
        if not arguments or arguments == self._own:
            return
        program = arguments.split(b"\0")[0].decode(errors="replace").rpartition("/")[2]
        self.programs.add(program)
        if self._read(pid, "environ") != environment:
            return  # it became another program meanwhile; the next look will tell
        for secret in self._secrets:
            self.found += [f"{program}: {where!r}" for where in (arguments, environment) if secret in where]

    def _descendants(self, pid: int) -> Iterator[int]:
        for children in _PROC.glob(f"{pid}/task/*/children"):
            with suppress(OSError):
                for child in map(int, children.read_bytes().split()):
                    yield child
                    yield from self._descendants(child)

    def _read(self, pid: int, name: str) -> bytes:
        with suppress(OSError):
            return (_PROC / str(pid) / name).read_bytes()
        return b""
