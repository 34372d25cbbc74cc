"""Whether a master seems to be dead, as far as one look can tell; only for showing, never for deciding."""

from __future__ import annotations

from headwater.cluster.processes import is_gone
from headwater.values import Master

_SILENT_FOR = 10_000
"""
Milliseconds without a heartbeat after which a master is called silent: the usual expiry.

Fixed, for who looks from outside does not know the times of the cluster.
"""


def is_silent(master: Master) -> bool:
    """
    Tell whether nothing was heard of a master for a while, or its process on this machine is gone.
    """
    return is_gone(master) or (master.silent_ms is not None and master.silent_ms > _SILENT_FOR)
