"""
One of many processes that start together: get ready, wait for the signal, register names, print their ids.

    python -m tests.stress.worker early|late URL NAME COUNT

The signal is the end of standard input, which all of them share. The store is opened before it (early) or after it
(late). The names are NAME with the numbers below COUNT, in an order of this process's own.
"""

from __future__ import annotations

import json
import random
import sys

from headwater import Store


def main(when: str, url: str, name: str, count: str) -> None:
    """
    Register, and print the ids as one object of JSON.
    """
    names = [f"{name} {number}" for number in range(int(count))]
    random.shuffle(names)
    store = Store(url) if when == "early" else None
    print("ready", flush=True)  # noqa: T201 - read by whoever gives the signal
    sys.stdin.read()
    with store or Store(url) as opened:
        print(json.dumps(opened.register(names)))  # noqa: T201 - the answer


if __name__ == "__main__":
    main(*sys.argv[1:])
