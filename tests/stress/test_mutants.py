"""The stress run is worth something: it finds each of the mistakes that claims are easily written with."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.stress.arena import REPOSITORY, contest

MUTANTS = REPOSITORY / "tests/mutants"

BAD_ON = {
    "plain-exists": ["postgresql"],
    "no-lock-on-holder": ["postgresql", "mariadb"],
    "two-transactions": ["sqlite", "postgresql", "mariadb"],
}

CASES = [
    pytest.param(mutant, kind, marks=getattr(pytest.mark, kind), id=f"{mutant}-{kind}")
    for mutant, kinds in BAD_ON.items()
    for kind in kinds
]


def mutated(mutant: str, folder: Path) -> Path:
    """
    Return a copy of the package with the mistake of this mutant in it.
    """
    copy = shutil.copytree(REPOSITORY / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__"))
    subprocess.run(
        ["git", "apply", "--verbose", MUTANTS / f"{mutant}.patch"],
        cwd=folder,
        # The folder may lie in a repository: it is none of git's business here.
        env={**os.environ, "GIT_CEILING_DIRECTORIES": str(folder.parent)},
        check=True,
    )
    return copy


@pytest.mark.parametrize(("mutant", "database"), CASES, indirect=["database"])
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
    assert sorted(BAD_ON) == sorted(patch.stem for patch in MUTANTS.glob("*.patch"))
