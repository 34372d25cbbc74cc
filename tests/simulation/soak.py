"""Run seeds one after the other, on one core or on several."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from tests.simulation.crew import stay_on_one_core
from tests.simulation.run import misfortunes, run, told

Outcome = tuple[str, bool]
"""What is to be printed of a seed, and whether anything was wrong with it."""

_CHUNK = 50


def outcomes(seeds: Sequence[int], run_one: Callable[[int], Outcome], *, jobs: int) -> Iterator[Outcome]:
    """
    Run seeds, so many at a time, and return what became of them in their order.
    """
    if jobs == 1:
        stay_on_one_core()
        yield from map(run_one, seeds)
        return
    with multiprocessing.get_context("spawn").Pool(jobs, stay_on_one_core) as pool:
        yield from pool.imap(run_one, seeds, chunksize=_CHUNK)


def outcome(seed: int, *, faults: str = "", trace: bool = False) -> Outcome:
    """
    Run one seed.

    Args:
        seed: decides everything.
        faults: names of the kinds that may happen, with commas between them; none are all.
        trace: whether all that happened is told, though nothing was wrong.
    """
    story = partial(misfortunes, only=faults.split(",")) if faults else misfortunes
    verdict = run(seed, story)
    return (told(verdict, everything=trace) if verdict.faults or trace else "", bool(verdict.faults))
