"""
Kill a master at the points of a poll, on a database of one's own, and print what became of the commits.

    python -m tests.faultpoints sqlite|postgresql|mariadb [--all | --most N] [--seconds S] [--seed N]
"""

from __future__ import annotations

import argparse
import math
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

from tests.databases import KINDS
from tests.faultpoints.points import CACHES, SIDES, Point, every, spread
from tests.faultpoints.trial import Ground, Outcome, Until

_SIDE_BY_SIDE = 2
_MOST = 40
_SAMPLES = 5
"""Faults that are told of, each with the options that try it again."""


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Try the points, print the table, and return the exit code.
    """
    options = _parser().parse_args(arguments)
    if KINDS[options.kind].version() is None:
        _say(KINDS[options.kind].hint)
        return 0
    began = monotonic()
    with _databases(options.kind) as (first, *urls), tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        ground = Ground(Path(folder))
        events, wrong = ground.count(first)
        if wrong:
            _say(f"wrong before anybody died: {wrong}")
            return 1
        points = options.only or _points(len(events), options)
        outcomes = ground.try_all(urls, points, Until(began + options.seconds, first_fault=options.stop_at_first))
    _say(f"{options.kind}, seed {options.seed}: a poll of 100 commits has {len(events)} events")
    _tell(outcomes)
    _explain([outcome for outcome in outcomes if not outcome.is_fine][:_SAMPLES], events)
    _say(f"{monotonic() - began:.1f} s")
    return int(not all(outcome.is_fine for outcome in outcomes))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.faultpoints")
    parser.add_argument("kind", choices=list(KINDS))
    parser.add_argument("--all", action="store_true", help="every point, with the cache kept and deleted")
    parser.add_argument("--side", choices=SIDES, action="append", help="with --all, only on this side of each event")
    parser.add_argument("--cache", choices=CACHES, action="append", help="with --all, only with the cache like this")
    parser.add_argument("--most", type=int, default=_MOST, help="points, evenly spread")
    parser.add_argument("--seconds", type=float, default=math.inf, help="after which no more points are tried")
    parser.add_argument("--seed", type=int, default=random.randrange(10**9), help="of where they begin")
    parser.add_argument("--only", type=Point.parse, action="append", help="this point")
    parser.add_argument("--stop-at-first", action="store_true", help="point where something is wrong")
    return parser


def _points(events: int, options: argparse.Namespace) -> list[Point]:
    points = (
        every(events, options.side or SIDES, options.cache or CACHES)
        if options.all
        else spread(events, options.most, options.seed)
    )
    # So that what is wrong in one place is found soon, wherever that is.
    random.Random(options.seed).shuffle(points)
    return points


@contextmanager
def _databases(kind: str) -> Iterator[list[str]]:
    server = KINDS[kind].start()
    try:
        yield [server.create(f"faultpoints{number}") for number in range(1 + _SIDE_BY_SIDE)]
    finally:
        server.stop()


def _tell(outcomes: Sequence[Outcome]) -> None:
    rows = {
        "points tried": len(outcomes),
        "deaths": sum(outcome.died for outcome in outcomes),
        "commits lost": sum(outcome.wrong.lost for outcome in outcomes),
        "commits doubled": sum(outcome.wrong.doubled for outcome in outcomes),
        "commits out of order": sum(outcome.wrong.out_of_order for outcome in outcomes),
        "otherwise wrong": sum(len(outcome.wrong.other) for outcome in outcomes),
        "polled more than once": sum(outcome.polls > 1 for outcome in outcomes),
    }
    for what, count in rows.items():
        _say(f"{what:22}{count:6}")


def _explain(outcomes: Sequence[Outcome], events: Sequence[str]) -> None:
    for outcome in outcomes:
        event = events[outcome.point.event - 1] if outcome.point.event <= len(events) else "no event"
        _say(f"--only {outcome.point} ({event}): {outcome.wrong if outcome.died else 'nobody died'}")


def _say(sentence: str) -> None:
    print(sentence, flush=True)  # noqa: T201 - it is what this program is for


if __name__ == "__main__":
    sys.exit(main())
