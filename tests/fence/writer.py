"""
A holder in a process of its own, on whatever code comes first on its path: record a move when standard input ends.

    python -m tests.fence.writer URL FENCE MOVE

Prints the number of the change, or the name of the error.
"""

from __future__ import annotations

import sys

import msgspec

from headwater import HeadwaterError, Move, Store
from headwater.values import Fence
from tests.fence.locks import PATIENCE


def main(url: str, fence: str, move: str) -> None:
    """
    Get ready, wait, record.
    """
    under, moved = msgspec.json.decode(fence, type=Fence), msgspec.json.decode(move, type=Move)
    with Store(url, deadline=PATIENCE) as store:
        print("ready", flush=True)  # noqa: T201 - read by whoever gives the signal
        sys.stdin.read()
        print(_recorded(store, under, moved))  # noqa: T201 - the answer


def _recorded(store: Store, fence: Fence, moved: Move) -> str:
    try:
        return str(store.record(fence, 0, moved, 0))
    except HeadwaterError as error:
        return type(error).__name__


if __name__ == "__main__":
    main(*sys.argv[1:])
