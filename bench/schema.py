"""Make Buildbot's tables, by Buildbot itself: a program of its own, for nothing else here needs all of them."""

from __future__ import annotations

import sys

from twisted.internet.defer import Deferred
from twisted.internet.task import react

from bench.sides.buildbot import connected


async def upgrade(urls: list[str]) -> None:
    """
    Do what ``buildbot upgrade-master`` does to an empty database.
    """
    for url in urls:
        db = await connected(url, check=False)
        await db.model.upgrade()
        await db.pool.stop()


if __name__ == "__main__":
    react(lambda _: Deferred.fromCoroutine(upgrade(sys.argv[1:])))
