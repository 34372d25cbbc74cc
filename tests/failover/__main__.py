"""
Chaos for as long as one likes: workers on a database of their own, faults, then the verdict as one line of JSON.

    python -m tests.failover sqlite|postgresql|mariadb --seconds 60 [--seed N]
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import monotonic

from tests.databases import KINDS
from tests.failover.trial import trial


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Run, print the verdict, and return the exit code.
    """
    parser = argparse.ArgumentParser(prog="python -m tests.failover")
    parser.add_argument("kind", choices=list(KINDS))
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=random.randrange(10**9))
    parser.add_argument("--restarts", type=int, default=0, help="of the server, before anything else")
    parser.add_argument("--keep", type=Path, help="a folder for the diaries; otherwise they are gone afterwards")
    options = parser.parse_args(arguments)
    if KINDS[options.kind].version() is None:
        print(KINDS[options.kind].hint, file=sys.stderr)  # noqa: T201 - it is what this program is for
        return 0
    began = monotonic()
    server = KINDS[options.kind].start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            if options.keep:
                options.keep.mkdir(parents=True, exist_ok=True)
            kept = options.keep or Path(folder)
            verdict = trial(server, kept, seconds=options.seconds, seed=options.seed, restarts=options.restarts)
    finally:
        server.stop()
    verdict["seconds"] = round(monotonic() - began, 1)
    print(json.dumps(verdict))  # noqa: T201 - it is what this program is for
    return int(bool(verdict["violations"]))


if __name__ == "__main__":
    sys.exit(main())
