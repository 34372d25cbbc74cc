"""Whether the process of a master is known to have ended, which no clock has to tell."""

from __future__ import annotations

import os

from headwater.identity import machine
from headwater.values import Master, Peer


def is_gone(peer: Peer | Master) -> bool:
    """
    Tell whether a master's process is known to have ended: it ran on this machine, in this boot.
    """
    if peer.pid is None or peer.machine is None or peer.machine != machine() or peer.pid == os.getpid():
        return False
    try:
        os.kill(peer.pid, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
