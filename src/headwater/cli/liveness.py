"""Whether a master seems to be dead, as far as one look can tell; only for showing, never for deciding."""

from __future__ import annotations

import os

from headwater.identity import host
from headwater.values import Master

_SILENT_FOR = 10_000
"""Milliseconds without a heartbeat after which a master is called silent."""


def is_silent(master: Master) -> bool:
    """
    Tell whether nothing was heard of a master for a while, or its process on this host is gone.
    """
    if master.host == host() and master.pid is not None and not _is_running(master.pid):
        return True
    return master.silent_ms is not None and master.silent_ms > _SILENT_FOR


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
