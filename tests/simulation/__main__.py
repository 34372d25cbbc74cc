"""
Run many seeds, or replay one.

    python -m tests.simulation --seeds 100000 --jobs 2
    python -m tests.simulation --seed 7 --trace
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from functools import partial

from tests.simulation.soak import outcome, outcomes


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Run what is asked for; the exit code is 1 if anything was wrong.
    """
    options = _parser().parse_args(arguments)
    began = time.monotonic()
    seeds = [options.seed] if options.seed is not None else range(options.first, options.first + options.seeds)
    done = bad = 0
    for shown, is_bad in outcomes(
        seeds, partial(outcome, faults=options.faults, trace=options.trace), jobs=options.jobs
    ):
        done, bad = done + 1, bad + is_bad
        if shown:
            print(shown)  # noqa: T201 - it is what this program is for
        if bad >= options.stop_after:
            break
    a_second = done / (time.monotonic() - began)
    print(f"{done} seeds, {bad} bad, {a_second:.0f} a second")  # noqa: T201 - it is what this program is for
    return int(bad > 0)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--seeds", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--stop-after", type=int, default=1)
    parser.add_argument("--faults", default="", help="names of those that may happen, such as pause,leave")
    parser.add_argument("--trace", action="store_true")
    return parser


if __name__ == "__main__":
    sys.exit(main())
