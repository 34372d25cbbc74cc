"""Tell which process holds SQLite's write lock, from what the kernel knows."""

from __future__ import annotations

from pathlib import Path

# In WAL mode the writer holds byte 120 of the -shm file (SQLite's file format, "WAL-index", WAL_WRITE_LOCK).
_WRITE_LOCK_BYTE = 120


def who_holds_the_write_lock(database: str | None) -> str:
    """
    Return " (held by process 123)", or "" if it cannot be told.

    The file itself must not be opened to ask: closing it again would drop the locks of our own connections.
    """
    try:
        inode = Path(f"{database}-shm").stat().st_ino
        lines = Path("/proc/locks").read_text(encoding="ascii").splitlines()
    except OSError:
        return ""
    holders = [pid for line in lines if (pid := _holder(line, inode)) is not None]
    return f" (held by process {holders[0]})" if holders else ""


def _holder(line: str, inode: int) -> int | None:
    # A line reads: number, POSIX, ADVISORY, WRITE, process, device and inode, first and last byte.
    fields = line.split()
    if len(fields) != 8 or fields[3] != "WRITE" or not fields[5].endswith(f":{inode}"):  # noqa: PLR2004
        return None
    first, last = int(fields[6]), fields[7]
    covered = first <= _WRITE_LOCK_BYTE and (last == "EOF" or int(last) >= _WRITE_LOCK_BYTE)
    return int(fields[4]) if covered else None
