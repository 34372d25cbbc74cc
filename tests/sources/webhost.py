"""Real git behind a real web server on this machine, which may want a password, send on, hold back or refuse."""

from __future__ import annotations

import os
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from urllib.parse import urlsplit

_LONG_ENOUGH = 60.0


class WebHost(ThreadingHTTPServer):
    """
    A host on the web for the repositories below a folder.

    Args:
        root: the folder.
        password: what it wants to hear, as ``user:password``, before it tells anything.
        sends_on: the URL of the host to which it sends everybody, once it has heard the password.
        status: what it answers to everything instead, if anything.
    """

    daemon_threads = True

    def __init__(
        self, root: Path, *, password: str | None = None, sends_on: str | None = None, status: int | None = None
    ) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.root = root
        self.password = password
        self.sends_on = sends_on
        self.status = status
        self.logins: list[str] = []
        """What it was told to log in with, request by request; empty texts for nothing."""
        self.held = Event()
        """Set as soon as somebody waits for `go_on`."""
        self.go_on = Event()
        self.go_on.set()

    @property
    def url(self) -> str:
        """
        Its own URL, without a slash at the end.
        """
        return f"http://127.0.0.1:{self.server_port}"

    def hold(self) -> None:
        """
        Answer no request any more until `go_on` is set.
        """
        self.held.clear()
        self.go_on.clear()

    def lets_in(self, login: str) -> bool:
        """
        Tell whether a header is the password.
        """
        return self.password is None or login == f"Basic {b64encode(self.password.encode()).decode()}"


@contextmanager
def web_host(
    root: Path, *, password: str | None = None, sends_on: str | None = None, status: int | None = None
) -> Iterator[WebHost]:
    """
    Serve the repositories below a folder until the block ends.
    """
    with WebHost(root, password=password, sends_on=sends_on, status=status) as host:
        serving = Thread(target=host.serve_forever, kwargs={"poll_interval": 0.02})
        serving.start()
        try:
            yield host
        finally:
            host.go_on.set()
            host.shutdown()
            serving.join()


class _Handler(BaseHTTPRequestHandler):
    server: WebHost

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self._body())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - it is called so
        """
        Say nothing.
        """

    def _answer(self, body: bytes) -> None:
        login = self.headers.get("Authorization", "")
        self.server.logins.append(login)
        if not self.server.lets_in(login):
            self._say(401, {"WWW-Authenticate": 'Basic realm="git"'})
            return
        if not self.server.go_on.is_set():
            self.server.held.set()
            self.server.go_on.wait(_LONG_ENOUGH)
        if self.server.status is not None:
            self._say(self.server.status, {})
        elif self.server.sends_on is not None:
            self._say(302, {"Location": self.server.sends_on + self.path})
        else:
            self._say_as(_backend(self.server.root, self.command, self.path, self.headers, body))

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b""
        while length := int(self.rfile.readline(), 16):
            body += self.rfile.read(length)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _say(self, status: int, headers: dict[str, str], body: bytes = b"") -> None:
        self.send_response(status)
        for name, value in (headers | {"Content-Length": str(len(body)), "Connection": "close"}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _say_as(self, printed: bytes) -> None:
        head, _, body = printed.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        status = int(headers.pop("Status", "200").split()[0])
        self._say(status, headers, body)


def _backend(root: Path, method: str, path: str, headers: Message, body: bytes) -> bytes:
    """
    Return what git's own program for web servers answers.
    """
    split = urlsplit(path)
    asked = {
        "CONTENT_LENGTH": str(len(body)),
        "CONTENT_TYPE": headers.get("Content-Type", ""),
        "GIT_HTTP_EXPORT_ALL": "1",
        "GIT_PROJECT_ROOT": str(root),
        "GIT_PROTOCOL": headers.get("Git-Protocol", ""),
        "HTTP_CONTENT_ENCODING": headers.get("Content-Encoding", ""),
        "PATH_INFO": split.path,
        "QUERY_STRING": split.query,
        "REMOTE_ADDR": "127.0.0.1",
        "REQUEST_METHOD": method,
    }
    ours = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(["git", "http-backend"], input=body, env=ours | asked, check=True, capture_output=True).stdout
