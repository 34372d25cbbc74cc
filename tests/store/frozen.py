"""Servers that stop answering without being gone: their processes stopped, or the wire to them swallowing all."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

from sqlalchemy import make_url

from tests.databases.network import NetworkServer


@contextmanager
def frozen(server: NetworkServer) -> Iterator[None]:
    """
    Stop every process of a server, as a host does that swaps or is paused, and let them go on after the block.
    """
    guard = server._own._guard
    assert guard is not None
    processes = _descendants(guard.pid)
    try:
        for process in processes:
            os.kill(process, signal.SIGSTOP)
        _wait_until_stopped(processes)
        yield
    finally:
        for process in processes:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGCONT)


def _wait_until_stopped(processes: list[int]) -> None:
    """
    Wait for the last thread: one that was running goes on for a moment, and may still answer.
    """
    pause = threading.Event()
    while not all(_is_stopped(stat) for process in processes for stat in Path(f"/proc/{process}/task").glob("*/stat")):
        pause.wait(0.005)


def _is_stopped(stat: Path) -> bool:
    return stat.read_text().rpartition(")")[2].split()[0] == "T"


def _descendants(parent: int) -> list[int]:
    children = [int(child) for child in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]
    return children + [grandchild for child in children for grandchild in _descendants(child)]


class Wire:
    """
    A way to a server that carries everything both ways, until the client says a certain word.

    From then on nothing that the client sends arrives, and the connection stays open, as by a pooler that hangs.
    """

    def __init__(self, url: str, *, until: bytes) -> None:
        self._server = make_url(url)
        self._until = until
        self.is_silent = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._ends: list[socket.socket] = []
        self.url = self._server.set(port=self._listener.getsockname()[1]).render_as_string(hide_password=False)
        threading.Thread(target=self._listen, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for end in (self._listener, *self._ends):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._server.port or 0))
                self._ends += [client, server]
                threading.Thread(target=self._carry, args=(client, server, self._until), daemon=True).start()
                threading.Thread(target=self._carry, args=(server, client, None), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket, until: bytes | None) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                if until and until in data:
                    self.is_silent.set()
                    return
                target.sendall(data)
            target.shutdown(socket.SHUT_RDWR)
