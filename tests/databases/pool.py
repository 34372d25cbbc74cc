"""The servers of one test run, each started when first asked for, or all at once for the workers to share."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.databases import KINDS, Server
from tests.databases.network import NetworkServer

EACH_KIND = [pytest.param(kind, marks=getattr(pytest.mark, kind)) for kind in KINDS]
"""A test with one of these parameters is chosen by ``-k postgresql`` and by ``-m postgresql``."""

EACH_PROCESS = [parameter for parameter in EACH_KIND if issubclass(KINDS[str(parameter.values[0])], NetworkServer)]
"""Only those kinds that have a process to stop."""


class Pool:
    """
    At most one server of every kind.

    Args:
        addresses: where those are that another process has started, by kind; the others are started here.
    """

    def __init__(self, addresses: Mapping[str, str] | None = None) -> None:
        self._borrowed = {kind: KINDS[kind].at(address) for kind, address in (addresses or {}).items()}
        self._own: dict[str, Server] = {}

    def get(self, kind: str) -> Server:
        """
        Return the running server of this kind, started now if need be; skip the test where none is installed.
        """
        if kind in self._borrowed:
            return self._borrowed[kind]
        if kind not in self._own:
            self._own[kind] = start(kind)
        elif not self._own[kind].running:
            self._own[kind].restart()
        return self._own[kind]

    def start_all(self) -> dict[str, str]:
        """
        Start a server of every kind that is installed, side by side, and return their addresses.
        """
        installed = [kind for kind, server in KINDS.items() if server.version()]
        with ThreadPoolExecutor(len(KINDS)) as threads:
            servers = list(threads.map(self.get, installed))
        return {server.kind: server.address for server in servers}

    def stop(self) -> None:
        """
        Stop the servers that were started here.
        """
        while self._own:
            _, server = self._own.popitem()
            server.stop()


def start(kind: str) -> Server:
    """
    Start a server of this kind; skip the test, with a reason that says what to do, where none is installed.
    """
    if KINDS[kind].version() is None:
        pytest.skip(KINDS[kind].hint)
    return KINDS[kind].start()
