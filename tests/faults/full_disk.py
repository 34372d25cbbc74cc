"""Run in a mount namespace of its own: a registry on a small tmpfs that is filled, and emptied again."""

from __future__ import annotations

import errno
import sys
from contextlib import suppress
from pathlib import Path

import click

from headwater import DatabaseError, Store


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


def main(disk: Path) -> None:
    """
    Register before, on and after a full disk; print what came of it.
    """
    with Store(f"sqlite:///{disk}/headwater.db") as store:
        before = store.register(["before"])
        filler = fill(disk)
        try:
            store.register([f"name-{number}" for number in range(5000)])
        except DatabaseError as error:
            click.echo(f"{type(error).__name__} {error}")
        click.echo("still there" if store.find(["before"]) == before else "lost")
        filler.unlink()
        click.echo("goes on" if store.register(["after"]) else "stopped")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
