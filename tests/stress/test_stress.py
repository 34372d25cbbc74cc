"""Claims under attack, on every database: nobody who lives is robbed, and nothing is promised twice."""

from __future__ import annotations

import os

import pytest

from tests.stress.arena import contest

SECONDS = float(os.environ.get("STRESS_SECONDS", "4"))

FAULTS = ("thefts", "double_grants", "errors", "history_mismatches")


@pytest.mark.timeout(SECONDS + 90)
def test_nobody_who_lives_is_robbed(database: str) -> None:
    """
    Eight processes that claim, release and take over from each other as fast as they can do each other no harm.

    No active master loses what it holds, no source is granted twice, no error but a refusal reaches a caller, and
    the history of the claims is what happened.
    """
    verdict = contest(database, seconds=SECONDS)

    assert dict.fromkeys(FAULTS, 0) == {fault: verdict[fault] for fault in FAULTS}
    assert verdict["take_overs"] >= 20
    assert verdict["releases"] >= 20
