"""A master that is killed in the middle of a poll, after a call of its store that is chosen by its number."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import TypeVar

from headwater import AsyncStore, Settings
from headwater.store.requests import Request
from tests.sources.corners.watcher import watcher

A = TypeVar("A")


class Doomed(AsyncStore):
    """
    A store that has its process killed, as by ``kill -9``, when it has answered for the so-many-th time.
    """

    answers_left: int | None = None

    async def ask(self, request: Request[A]) -> A:
        """
        Answer as any store does, and be killed if it was the last time.
        """
        answer = await super().ask(request)
        if self.answers_left is not None:
            self.answers_left -= 1
            if not self.answers_left:
                os.kill(os.getpid(), signal.SIGKILL)
        return answer


def main(database: str, repository: str, cache: str, call: str) -> None:
    """
    Poll once, and be killed on the way, unless the poll is done before.
    """
    store = Doomed(database)
    with watcher(store, Path(cache), Settings(kind="git", url=repository)) as watch:
        store.answers_left = int(call)
        watch.poll_by(watch.poller)


if __name__ == "__main__":
    main(*sys.argv[1:])
