"""
A process that waits for a name, says that it has it, and holds it until it is killed.

    python -m tests.cluster.holder URL GIVEN-NAME NAME
"""

from __future__ import annotations

import sys
import threading

import headwater
from tests.cluster.quick import QUICK


def main(url: str, given_name: str, name: str) -> None:
    """
    Hold a name for ever.
    """
    with headwater.join(url, given_name, timing=QUICK) as master, master.claim(name) as claim:
        print(claim.token, flush=True)  # noqa: T201 - read by whoever started this
        threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
