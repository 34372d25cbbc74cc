"""Git's own server for its own protocol, on a port of this machine."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Thread


class _Daemon(ThreadingTCPServer):
    """
    Starts a git daemon for each connection, as inetd would: so the port is the kernel's choice.
    """

    daemon_threads = True

    def __init__(self, root: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.root = root


class _Handler(BaseRequestHandler):
    server: _Daemon

    def handle(self) -> None:
        command = ["git", "daemon", "--inetd", "--informative-errors", f"--base-path={self.server.root}"]
        subprocess.run(command, stdin=self.request, stdout=self.request, check=False)


@contextmanager
def git_daemon(root: Path) -> Iterator[str]:
    """
    Serve the repositories below a folder that are marked for export; yield the URL.
    """
    with _Daemon(root) as daemon:
        serving = Thread(target=daemon.serve_forever, kwargs={"poll_interval": 0.02})
        serving.start()
        try:
            yield f"git://127.0.0.1:{daemon.server_address[1]}"
        finally:
            daemon.shutdown()
            serving.join()
