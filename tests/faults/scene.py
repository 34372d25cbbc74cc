"""A store that loses the answer to one statement, beside one that sees the database directly."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest

from headwater import Master, Settings, Store
from tests.faults.proxy import How, Proxy

A = TypeVar("A")

NETWORK = [pytest.param(kind, marks=getattr(pytest.mark, kind)) for kind in ("postgresql", "mariadb")]
HOWS: list[How] = ["landed", "never arrived", "landed late"]

each_way = pytest.mark.parametrize("how", HOWS)
on_a_network = pytest.mark.parametrize("database", NETWORK, indirect=True)


class Scene:
    """
    A store behind a proxy, another one that sees the database directly, a master, and a source.
    """

    def __init__(self, database: str, proxy: Proxy) -> None:
        self.proxy = proxy
        self.database = database
        self.direct = Store(database)
        self.store = Store(proxy.url)
        # Through the proxy, so that the connection is there: drivers commit what they set at its beginning.
        self.source = self.store.register(["linux"])["linux"]
        self.direct.configure(self.source, Settings(kind="git", url="/linux"))
        self.master = self.direct.join("ci-a")
        self._pool = ThreadPoolExecutor(1)

    def losing(self, text: bytes, how: How, call: Callable[[], A], meanwhile: Callable[[], Any] = lambda: None) -> A:
        """
        Make a call that loses its answer; do something else between the loss and the second try.
        """
        self.proxy.lose_answer(text, how)
        answer = self._pool.submit(call)
        assert self.proxy.lost.wait(10), "nothing was lost"
        meanwhile()
        self.proxy.let_others_pass()
        assert self.proxy.tried_again.wait(10), "nobody tried again"
        self.proxy.let_it_land()
        return answer.result(20)

    def claim(self, master: Master | None = None) -> int:
        """
        Claim the source directly; return its token.
        """
        (token,) = self.direct.claim([self.source], master or self.master).values()
        assert token is not None
        return token

    def close(self) -> None:
        """
        Close both stores.
        """
        self._pool.shutdown()
        self.store.close()
        self.direct.close()
