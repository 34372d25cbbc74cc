"""How long a source rests before it is polled: its interval with jitter, its place among many, more after failures."""

from __future__ import annotations

from hashlib import sha256

from headwater.running.problems import Problem

JITTER = 0.1
"""How much of the interval a rest may be shorter than it, so that many sources are never polled in step."""

_SOON = 2.0
"""Seconds within which a source is looked at that was just claimed."""

_APART = 0.02
"""Seconds between the first polls of two sources that were claimed at once, until that makes `_SOON`."""

_LONGEST = 3_600.0
_LONGEST_FOR_A_HOST = 600.0
"""A host that is away is asked by one source at a time: that costs it little, and its return is seen earlier."""


def place(name: str) -> float:
    """
    Return the place of a source in any span of time, from 0 to 1: always the same, and even among many names.
    """
    return int.from_bytes(sha256(name.encode()).digest()[:4], "big") / 2**32


def first_rest(name: str, interval: float, *, among: int) -> float:
    """
    Return the seconds until the first poll under a new claim: soon, and not in the same moment as all others.

    Args:
        name: of the source.
        interval: of the source.
        among: how many sources this master runs.
    """
    return place(name) * min(interval, _SOON, among * _APART)


def second_rest(name: str, interval: float) -> float:
    """
    Return the seconds after the first poll: from then on, sources that were claimed at once are spread wide.
    """
    return place(name) * interval


def usual_rest(interval: float, *, chance: float) -> float:
    """
    Return the seconds between two polls.

    Args:
        interval: of the source; a rest is never longer.
        chance: from 0 to 1.
    """
    return interval * (1 - JITTER * chance)


def rest_after(problem: Problem, interval: float, *, attempts: int, chance: float) -> float:
    """
    Return the seconds after a poll that failed: twice as long each time, up to an hour.

    What needs a human rests for long at once. Our own database is no source's fault: when it is back, all goes on.

    Args:
        problem: why it failed.
        interval: of the source; the rest is about so long after the first failure, and never shorter.
        attempts: how many polls in a row have failed.
        chance: from 0 to 1.
    """
    if problem.is_databases:
        return usual_rest(interval, chance=chance)
    longest = max(interval, _LONGEST_FOR_A_HOST if problem.is_hosts else _LONGEST)
    # The exponent is kept small: nobody needs 2 to the 10,000th.
    doubled = longest if problem.needs_human else interval * 2.0 ** min(attempts - 1, 32)
    return usual_rest(min(doubled, longest), chance=chance)
