"""The long trials say how they went by their exit code, too."""

from __future__ import annotations

import pytest

from tests.buildbot.results import Result, gathered, summary
from tests.buildbot.trials import TRIALS, main

STARTED = "2 masters: {} of 100 twice, shares [50, 50], started in 3.1 s; 3 masters: {} of 100 twice, shares [34, 33]"


@pytest.mark.parametrize(
    ("name", "shown", "is_right"),
    [
        ("start", STARTED.format(0, 0), True),
        ("start", STARTED.format(0, 1), False),
        ("start", STARTED.format(10, 0), False),
        ("pause", "0 polls begun after the wake, 3 of 3 changes added again", True),
        ("midway", "10 polls begun after the wake; the successor adds", False),
        ("outage", "0 sources polled twice after it, 3 of 3 masters active, one commit was one change", True),
        ("outage", "0 sources polled twice after it, 2 of 3 masters active, one commit was one change", False),
        ("expire", "exactly one in 300 of 300", True),
        ("expire", "exactly one in 299 of 300", False),
        ("kill", {"after": [19.9]}, True),
        ("kill", {"after": [20.1]}, False),
        ("stop", {"after": [2.1]}, False),
        ("line", {"with": [2.4, 2.5], "without": [2.0, 2.6]}, True),
        ("line", {"with": [2.7, 2.7], "without": [2.0, 2.6]}, False),
    ],
)
def test_what_must_come_of_a_trial(name: str, shown: Result, is_right: bool) -> None:  # noqa: FBT001 - a case
    """
    A count that must be 0, or 300 of 300, and is not, is found; so is what lasts for too long.
    """
    assert is_right is TRIALS[name].judge([shown])


def test_the_worst_run_decides() -> None:
    """
    A count that must be 300 of 300, and is not, is found in whichever run it was.
    """
    runs = [f"exactly one in {count} of 300" for count in (300, 299, 300)]

    assert [True, False] == [TRIALS["expire"].judge(those) for those in (runs[:1], runs)]


def test_medians_ranges_and_their_difference_are_told() -> None:
    """
    Of two things that were measured it is told by how much their medians differ.
    """
    shown: list[Result | None] = [{"with": [2.0, 4.0], "without": [1.0]}, None, {"with": [3.0], "without": [2.0]}]

    assert {"with": [2.0, 4.0, 3.0], "without": [1.0, 2.0]} == gathered(shown)
    assert [
        "with: median 3.00 s, 2.00 to 4.00 s, n = 3",
        "without: median 1.50 s, 1.00 to 2.00 s, n = 2",
        "with minus without: +1.50 s",
    ] == list(summary(shown))


@pytest.mark.sqlite
@pytest.mark.slow
def test_a_trial_that_goes_well_ends_with_0(capsys: pytest.CaptureFixture[str]) -> None:
    """
    Two connectors that expire one master at once, 300 times, end with 0; masters with and without the line are timed.
    """
    codes = [main([name, "--runs=1", "--database=sqlite"]) for name in ("expire", "line")]

    told = capsys.readouterr().out
    assert 0 == codes[0]
    assert codes[1] in {0, 1}, "four starts alone say little of the time that they take"
    assert "exactly one in 300 of 300" in told
    assert "with minus without: " in told
