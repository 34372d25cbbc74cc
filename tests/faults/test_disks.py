"""A disk that is full, and a database that may only be read."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from headwater import DatabaseError, Store
from tests.conformance.rows import run
from tests.databases import Server
from tests.operator import headwater

IN_A_NAMESPACE = ["unshare", "--map-root-user", "--mount"]


def can_mount() -> bool:
    """
    Tell whether this machine lets a test have mounts of its own.
    """
    if shutil.which("unshare") is None:
        return False
    mount = ["sh", "-c", "mount -t tmpfs tmpfs /mnt"]
    return subprocess.run([*IN_A_NAMESPACE, *mount], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not can_mount(), reason="a mount namespace of one's own is not to be had here")
def test_a_full_disk_is_told_and_loses_nothing(tmp_path: Path) -> None:
    """
    On a full disk a call fails with a sentence, what was there stays, and once there is room the store goes on.
    """
    mount = f"mount -t tmpfs -o size=1m tmpfs {tmp_path} && exec {sys.executable} -m tests.faults.full_disk {tmp_path}"
    ended = subprocess.run([*IN_A_NAMESPACE, "sh", "-c", mount], capture_output=True, text=True, check=False)
    told, there, on = ended.stdout.splitlines()

    assert "DatabaseError" == told.split()[0]
    assert told.endswith("headwater.db: database or disk is full")
    assert ("still there", "goes on", "") == (there, on, ended.stderr)


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
