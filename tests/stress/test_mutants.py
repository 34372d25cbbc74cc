"""The stress run is worth something: it finds each of the mistakes that claims are easily written with."""

from __future__ import annotations

from pathlib import Path

from tests.mutants import each_bad, mutants, mutated
from tests.stress.arena import contest

BAD_ON = {
    "plain-exists": ["postgresql"],
    "no-lock-on-holder": ["postgresql", "mariadb"],
    "two-transactions": ["sqlite", "postgresql", "mariadb"],
}


@each_bad(BAD_ON)
def test_a_mutant_is_killed(mutant: str, database: str, tmp_path: Path) -> None:
    """
    With this mistake in the code, an active master is robbed or a source is granted twice, and the run says so.
    """
    verdict = contest(database, "--stop-at-first-theft", seconds=20, sources=mutated(mutant, tmp_path))

    assert verdict["thefts"] + verdict["double_grants"] > 0


def test_every_mutant_is_tried() -> None:
    """
    There is no mutant that no run has to kill.
    """
    assert sorted(BAD_ON) == mutants()
