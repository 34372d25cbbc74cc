"""Which times of a cluster go together."""

from __future__ import annotations

import pytest

from headwater.cli.durations import SECONDS
from headwater.cli.run import run
from headwater.cluster.timing import Timing
from headwater.errors import TimingError

DEFAULTS = {
    str(option.name): option.default
    for option in run.params
    if option.name in {"heartbeat", "lease", "expiry", "statement"}
}
"""Of the times that can be typed."""

TOO_SHORT = "one lost heartbeat would stop everything"
TOO_SOON = "a master must have stopped before its sources run elsewhere"


def test_the_defaults_go_together() -> None:
    """
    Who says nothing gets times that are safe.
    """
    timing = Timing()

    assert (2, 7, 10) == (timing.heartbeat, timing.lease, timing.expiry)


def test_the_defaults_of_the_command() -> None:
    """
    Who types nothing has the same times as who says nothing to the library.
    """
    arguments = {name: SECONDS.convert(default, None, None) for name, default in DEFAULTS.items()}

    assert {name: getattr(Timing(), name) for name in DEFAULTS} == arguments


@pytest.mark.parametrize(
    ("times", "sentence"),
    [
        ({"heartbeat": 0}, "the heartbeat of 0 s must be more than 0"),
        ({"lease": -1}, "the lease of -1 s must be more than 0"),
        ({"expiry": 0}, "the expiry of 0 s must be more than 0"),
        ({"statement": 0}, "the statement of 0 s must be more than 0"),
        ({"quiet": -1}, "the quiet of -1 s must be 0 or more"),
        ({"unclaimed": float("nan")}, "the unclaimed of nan s must be 0 or more"),
        ({"heartbeat": float("nan")}, "the heartbeat of nan s must be more than 0"),
        (
            {"lease": 6},
            "the lease of 6 s must be longer than two heartbeats and one statement, 6 s: " + TOO_SHORT,
        ),
        (
            {"expiry": 9.7},
            "the expiry of 9.7 s must be at least 1.4 times the lease of 7 s, 9.8 s: " + TOO_SOON,
        ),
        (
            {"lease": 20},
            "the expiry of 10 s must be at least 1.4 times the lease of 20 s, 28 s: " + TOO_SOON,
        ),
    ],
)
def test_times_that_do_not_go_together(times: dict[str, float], sentence: str) -> None:
    """
    Times with which a cluster would not be safe, or never calm, are refused with a sentence that says why.
    """
    with pytest.raises(TimingError) as refused:
        Timing(**times)

    assert sentence == str(refused.value)


@pytest.mark.parametrize("lease", [0.7, 1.1, 5.5, 7, 9.3])
def test_the_ratio_itself_is_enough(lease: float) -> None:
    """
    An expiry of just 1.4 leases is taken, however the product is rounded.
    """
    timing = Timing(heartbeat=0.1, statement=0.1, lease=lease, expiry=round(1.4 * lease, 6))

    assert lease == timing.lease
