"""A disk that is full, and a database that may only be read."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from headwater import DatabaseError, Store
from tests.conformance.rows import run
from tests.databases import KINDS, Server
from tests.databases.pool import EACH_KIND
from tests.databases.process import new_folder
from tests.operator import headwater

SIZES = {"sqlite": "8m", "postgresql": "32m", "mariadb": "24m"}
"""What a disk holds: two databases, and all that is written to them once there is room."""

SAID = {
    "sqlite": ["database or disk is full"] * 3,
    "postgresql": ["No space left on device"] * 3,
    "mariadb": ["The table 'changesources' is full", "The table 'positions' is full", "No space left on device"],
}


def with_a_disk(folder: Path, size: str, command: str) -> subprocess.CompletedProcess[str]:
    """
    Run a command as the present user, in a mount namespace of its own in which a folder is a small disk.
    """
    mount = f"mount -t tmpfs -o size={size} tmpfs {folder}"
    if os.geteuid() == 0:
        run_it = ["unshare", "--mount", "sh", "-c", f"{mount} && exec {command}"]
    else:
        # Who may mount is root there; servers refuse to run as root.
        back = f"unshare --map-user={os.geteuid()} --map-group={os.getegid()}"
        run_it = ["unshare", "--map-root-user", "--mount", "sh", "-c", f"{mount} && exec {back} {command}"]
    return subprocess.run(run_it, capture_output=True, text=True, check=False)


def can_mount() -> bool:
    """
    Tell whether this machine lets a test have mounts of its own.
    """
    return shutil.which("unshare") is not None and with_a_disk(Path("/mnt"), "1m", "true").returncode == 0


@pytest.fixture
def folder() -> Iterator[Path]:
    """
    A folder that the user of a server can look into.
    """
    folder = new_folder("headwater-disk-")
    yield folder
    folder.rmdir()


@pytest.mark.skipif(not can_mount(), reason="a mount namespace of one's own is not to be had here")
@pytest.mark.parametrize("kind", EACH_KIND)
def test_a_full_disk_is_told_and_loses_nothing(folder: Path, kind: str) -> None:
    """
    On a full disk writing and setting up fail with a sentence each, and what was there stays.

    Of a position that did not fit nothing is there. Once there is room, the same store goes on.
    """
    if KINDS[kind].version() is None:
        pytest.skip(KINDS[kind].hint)
    ended = with_a_disk(folder, SIZES[kind], f"{sys.executable} -m tests.faults.full_disk {kind} {folder}")
    *refused, _ = ended.stdout.splitlines()[:4]

    assert ["DatabaseError", "DatabaseError", "DatabaseUnavailableError"] == [line.split()[0] for line in refused]
    assert [] == [(line, why) for line, why in zip(refused, SAID[kind], strict=True) if why not in line]
    assert (["as before", "done", "done", "done", "all there"], "") == (
        ended.stdout.splitlines()[3:],
        ended.stderr,
    )


def test_a_file_that_may_only_be_read_is_told(tmp_path: Path) -> None:
    """
    On a SQLite file that is opened read-only, reading works, and writing fails with a sentence and with 1.
    """
    url = f"sqlite:///{tmp_path}/headwater.db"
    with Store(url) as store:
        ids = store.register(["linux"])
    read_only = f"sqlite:///file:{tmp_path}/headwater.db?mode=ro&uri=true"
    with Store(read_only) as store:
        assert ids == store.find(["linux"])
        with pytest.raises(DatabaseError, match="attempt to write a readonly database"):
            store.register(["git"])
    listed, refused = headwater(read_only, "sources"), headwater(read_only, "run", str(tmp_path))

    assert (0, 1) == (listed.returncode, refused.returncode)
    assert 1 == len(refused.stderr.splitlines())


@pytest.mark.parametrize("server", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True)
def test_a_server_that_only_reads_is_told(server: Server) -> None:
    """
    A PostgreSQL that allows no writes answers reads, refuses writes with a sentence, and is used again afterwards.
    """
    with server.fresh_database() as url:
        with Store(url) as store:
            ids = store.register(["linux"])
            name = url.rpartition("/")[2].partition("?")[0]
            run(url, f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
        with Store(url) as store:
            assert ids == store.find(["linux"])
            with pytest.raises(DatabaseError, match="read-only transaction"):
                store.register(["git"])
        run(server.url_of("postgres"), f'ALTER DATABASE "{name}" RESET default_transaction_read_only')
        with Store(url) as store:
            assert {"git"} == set(store.register(["git"]))
