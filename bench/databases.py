"""The servers that are measured on, and a database for each side, all with the same settings."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.cases import HISTORY
from tests.databases import KINDS, Server

_REPOSITORY = Path(__file__).parents[1]

# Buildbot names neither: with this server's own defaults it would be given tables without transactions.
_PARAMETERS: Mapping[str, Mapping[str, str]] = {
    "mariadb": {"character-set-server": "utf8mb4", "default-storage-engine": "InnoDB"}
}


def found(kinds: Sequence[str]) -> list[str]:
    """
    Return those kinds of database that this machine has.
    """
    return [kind for kind in KINDS if kind in kinds and KINDS[kind].version()]


@contextmanager
def server(kind: str) -> Iterator[Server]:
    """
    Start a server with its usual durability; it is gone after the block.
    """
    started = KINDS[kind].start(**_PARAMETERS.get(kind, {}))
    try:
        yield started
    finally:
        started.stop()


def databases(running: Server, sides: Sequence[str]) -> dict[str, str]:
    """
    Make a database for each side and return their URLs: with Buildbot's tables, made by Buildbot, or empty.
    """
    urls = {side: running.create(f"bench_{side}") for side in sides}
    buildbots = [url for side, url in urls.items() if side != HISTORY]
    subprocess.run([sys.executable, "-m", "bench.schema", *buildbots], cwd=_REPOSITORY, check=True)
    return urls
