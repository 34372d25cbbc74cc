"""Run in a mount namespace of its own: databases on a small tmpfs that is filled, and emptied again."""

from __future__ import annotations

import errno
import random
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import click
import psycopg

from headwater import DatabaseError, Settings, Store
from headwater.values import Fence
from tests.databases import KINDS, MariaDB, PostgreSQL
from tests.databases.process import private_folder

NAMES = [f"{number}-{random.randbytes(100).hex()}" for number in range(5000)]
REFS = {f"refs/heads/{number}-{random.randbytes(200).hex()}": "a" * 40 for number in range(900)}


def fill(disk: Path) -> Path:
    """
    Write a file until no byte is left on the disk.
    """
    filler = disk / "filler"
    with suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            try:
                file.write(b"x" * 4096)
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
                file.write(b"x")
    return filler


@contextmanager
def databases(kind: str, disk: Path) -> Iterator[list[str]]:
    """
    Give the URLs of two empty databases whose tables are on the disk; a server's logs are elsewhere.
    """
    if kind == "sqlite":
        yield [f"sqlite:///{disk}/{name}.db" for name in ("one", "other")]
        return
    server = KINDS[kind].start()
    try:
        yield [_on_disk(server, name, disk) for name in ("one", "other")]
    finally:
        server.stop()


def _on_disk(server: object, name: str, disk: Path) -> str:
    folder = private_folder(disk / name)
    if isinstance(server, PostgreSQL):
        with psycopg.connect(server.url_of("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE TABLESPACE {name} LOCATION '{folder}'")
            connection.execute(f"CREATE DATABASE {name} TABLESPACE {name}")
        return server.url_of(name)
    assert isinstance(server, MariaDB)
    url = server.create(name)
    place = server.folder / "data" / name
    shutil.move(place / "db.opt", folder)
    place.rmdir()
    place.symlink_to(folder)
    return url


def tell(call: Callable[[], object]) -> None:
    """
    Print by which error a call fails, in one line.
    """
    try:
        call()
    except DatabaseError as error:
        click.echo(f"{type(error).__name__} {error}")
    else:
        click.echo("done")


def main(kind: str, disk: Path) -> None:
    """
    Write before, on and after a full disk; print what came of it.
    """
    with databases(kind, disk) as (url, empty), Store(url) as store:
        before = store.register(["before"])
        master = store.join("ci-a")
        for source in before.values():
            store.configure(source, Settings(kind="git", url="/before"))
        ((source, token),) = store.claim(before.values(), master).items()
        fence = Fence(source=source, master=master.id, token=token or 0, name=master.name)
        calls: list[Callable[[], object]] = [
            lambda: store.register(NAMES),
            lambda: store.baseline(fence, REFS),
            lambda: Store(empty).close(),
        ]
        filler = fill(disk)
        for call in calls:
            tell(call)
        there = (store.find(["before"]), store.position(source))
        click.echo("as before" if (before, None) == there else f"{there}")
        filler.unlink()
        for call in calls:
            tell(call)
        there_now = (len(store.find(NAMES)), store.position(source))
        click.echo("all there" if (len(NAMES), REFS) == there_now else f"{there_now}")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
