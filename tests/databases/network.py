"""A server that is a process of its own and listens on a port of this host."""

from __future__ import annotations

import signal
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Self

from tests.databases.process import ServerProcess, free_port, new_folder
from tests.databases.server import Server


class NetworkServer(Server):
    """
    The life of such a server, from its temporary folder to its end; what it is, is said by `_prepare`.
    """

    stop_signal: ClassVar[signal.Signals]
    """Asks it to stop in good order, without waiting for its clients."""

    _process: ServerProcess | None = None

    @classmethod
    def start(cls, **parameters: str) -> Self:
        """
        Start a server of one's own with these parameters, as ``max_connections="10"``, besides the usual ones.
        """
        server = cls(f"127.0.0.1:{free_port()}")
        folder = new_folder(f"headwater-{cls.kind}-")
        process = ServerProcess(folder=folder, stop_signal=cls.stop_signal, is_ready=server._is_ready)
        try:
            process.start(server._prepare(folder, parameters))
        except BaseException:
            process.close()
            raise
        server._process = process
        return server

    @property
    def port(self) -> int:
        """
        The port of 127.0.0.1 on which it listens.
        """
        return int(self.address.rpartition(":")[2])

    @property
    def folder(self) -> Path:
        """
        The temporary folder that holds all that it has.
        """
        return self._own.folder

    @property
    def running(self) -> bool:
        """
        True until it is stopped or killed.
        """
        return self._own.running

    def kill(self) -> None:
        """
        End it as a power cut would: at once, without a word to its clients.
        """
        self._own.kill()

    def restart(self) -> None:
        """
        Stop it in good order if it runs, then start it again at the same address with the same databases.
        """
        self._own.restart()

    def stop(self) -> None:
        """
        Stop it in good order and remove everything that it left on the disk.
        """
        self._own.close()

    @property
    def _own(self) -> ServerProcess:
        if self._process is None:
            message = f"the {self.kind} server at {self.address} belongs to another process: start one of your own"
            raise RuntimeError(message)
        return self._process

    @abstractmethod
    def _prepare(self, folder: Path, parameters: Mapping[str, str]) -> Sequence[str]:
        """
        Put what the server needs into the folder and return the command that runs it in the foreground.
        """

    @abstractmethod
    def _is_ready(self) -> bool:
        """
        Tell whether it answers.
        """
