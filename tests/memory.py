"""Where the tests keep their files: in memory, where the machine has a file system for that and room in it."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it
_ROOM = 4 * 1024**3
"""Bytes: `make test` has had 1.3 GB there at its peak."""


def in_memory() -> Path | None:
    """
    Return the file system in memory; None if there is none that has room and in which programs may be.
    """
    if not os.access(_MEMORY, os.W_OK) or shutil.disk_usage(_MEMORY).free < _ROOM:
        return None
    return None if os.statvfs(_MEMORY).f_flag & os.ST_NOEXEC else _MEMORY


def keep_files_in_memory() -> None:
    """
    Let this process, and all that it starts, have its temporary files in memory, unless it was told where.

    A server makes a database there in a tenth of the time. What is there survives a kill as on a disk.
    """
    memory = in_memory()
    if memory is None or "TMPDIR" in os.environ:
        return
    folder = memory / f"headwater-tests-{os.geteuid()}"
    folder.mkdir(exist_ok=True)
    folder.chmod(0o1777)  # servers run as another user
    os.environ["TMPDIR"] = str(folder)
    tempfile.tempdir = None
