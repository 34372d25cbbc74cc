"""A TCP proxy before a database that loses the answer to one message, at the moment that a test chooses."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from collections.abc import Callable
from typing import Literal, Self

from sqlalchemy import make_url

How = Literal["landed", "never arrived", "landed late"]


class Proxy:
    """
    Stands between a store and its server.

    Once armed, the first message with a certain text loses its answer: it was carried out (`landed`), it never got
    to the server (`never arrived`), or it gets there only when the test says so (`landed late`). What comes on new
    connections afterwards passes, once `let_others_pass` was called.

    Args:
        url: of the database behind it.
    """

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        self._target = (parsed.host or "127.0.0.1", parsed.port or 0)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = parsed.set(host="127.0.0.1", port=self._listener.getsockname()[1]).render_as_string(
            hide_password=False
        )
        self._armed: tuple[re.Pattern[bytes], How] | None = None
        self._sockets: list[socket.socket] = []
        self.lost = threading.Event()
        self.tried_again = threading.Event()
        self._others_may_pass = threading.Event()
        self._may_land = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._others_may_pass.set()
        self._may_land.set()
        for each in [self._listener, *self._sockets]:
            _close(each)

    def lose_answer(self, text: bytes, how: How) -> None:
        """
        Lose the answer to the next message in which this text stands.
        """
        # As a word: a connection that begins asks for READ COMMITTED, which is no COMMIT.
        self._armed = (re.compile(rb"\b" + text + rb"\b"), how)

    def let_others_pass(self) -> None:
        """
        Let those go on who come after the loss.
        """
        self._others_may_pass.set()

    def let_it_land(self) -> None:
        """
        Hand the message that was held back to the server.
        """
        self._may_land.set()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=[client], daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        if self.lost.is_set():
            self.tried_again.set()
            self._others_may_pass.wait()
        with contextlib.suppress(OSError):
            server = socket.create_connection(self._target)
            self._sockets += [client, server]
            muted = threading.Event()
            answered = threading.Event()
            threading.Thread(target=self._carry_back, args=[server, client, muted, answered], daemon=True).start()
            self._carry(client, server, muted, answered)

    def _carry(
        self, client: socket.socket, server: socket.socket, muted: threading.Event, answered: threading.Event
    ) -> None:
        with contextlib.suppress(OSError):
            while message := client.recv(65536):
                if self._armed is not None and self._armed[0].search(message):
                    how, self._armed = self._armed[1], None
                    muted.set()
                    self._lose(how, client, server, lambda: _finish(server, message, answered))
                    return
                server.sendall(message)
        _close(server)

    def _lose(self, how: How, client: socket.socket, server: socket.socket, finish: Callable[[], None]) -> None:
        if how == "landed":
            finish()
        self.lost.set()
        _close(client)
        if how == "landed late":
            self._may_land.wait()
            finish()
        _close(server)

    def _carry_back(
        self, server: socket.socket, client: socket.socket, muted: threading.Event, answered: threading.Event
    ) -> None:
        with contextlib.suppress(OSError):
            while answer := server.recv(65536):
                if muted.is_set():
                    answered.set()
                else:
                    client.sendall(answer)
        answered.set()
        _close(client)


def _finish(server: socket.socket, message: bytes, answered: threading.Event) -> None:
    server.sendall(message)
    answered.wait()


def _close(each: socket.socket) -> None:
    with contextlib.suppress(OSError):
        each.shutdown(socket.SHUT_RDWR)
    each.close()
