"""What the figures depend on besides the code: the machine, without anything that would name it."""

from __future__ import annotations

import os
import platform
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

_PROBES = 50


def facts() -> dict[str, Any]:
    """
    Return what is known of this machine.
    """
    return {
        "cores": os.cpu_count(),
        "processor": _field("/proc/cpuinfo", "model name") or platform.machine(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "file_system": _file_system(Path(tempfile.gettempdir())),
        "fsync_ms": round(_fsync_seconds() * 1000, 3),
    }


def load() -> float:
    """
    Return how many processes wanted a core in the last minute.
    """
    return round(os.getloadavg()[0], 2)


def _field(file: str, name: str) -> str | None:
    try:
        lines = Path(file).read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), None)


def _file_system(folder: Path) -> str:
    try:
        mounts = [line.split() for line in Path("/proc/mounts").read_text(encoding="utf-8").splitlines()]
    except OSError:
        return "unknown"
    # The longest mount point that the folder is under is the one that it is on.
    under = [(len(point), kind) for _, point, kind, *_ in mounts if folder.is_relative_to(point)]
    return max(under, default=(0, "unknown"))[1]


def _fsync_seconds() -> float:
    """
    Return how long a small write takes to be on the disk that the databases are on.
    """
    taken = []
    with tempfile.TemporaryFile() as file:
        for _ in range(_PROBES):
            began = time.perf_counter()
            file.write(bytes(4096))
            file.flush()
            os.fdatasync(file.fileno())
            taken.append(time.perf_counter() - began)
    return median(taken)
