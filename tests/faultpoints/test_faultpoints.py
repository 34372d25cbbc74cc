"""Whenever a master is killed in a poll, each commit is recorded once; a mistake in how it is recorded is found."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.faultpoints.points import CACHES, Cache
from tests.mutants import mutants, mutated, preferring

REPOSITORY = Path(__file__).parents[2]

KILLED_BY = {
    "change-before-position": "commits doubled",
    "position-before-change": "commits lost",
    "staged-never-swept": "otherwise wrong",
}
"""What is to be found of each mutant."""


@pytest.mark.timeout(300)
@pytest.mark.parametrize("cache", CACHES)
def test_no_death_loses_or_doubles_a_commit(cache: Cache) -> None:
    """
    A master is killed after every statement and every git of a poll of a hundred commits, its cache kept or deleted.

    Another one goes on: each commit is there once, in order. This is SQLite, and what a death before a statement leaves
    is what one after that before it left; `make soak` tries both sides, and the other databases.
    """
    code, table = tried("--all", "--side", "after", "--cache", cache)

    assert 0 == code
    assert {"points tried", "deaths"} == {what for what, count in table.items() if count}
    assert table["points tried"] == table["deaths"] > 75


@pytest.mark.parametrize("mutant", KILLED_BY)
def test_a_mutant_is_killed(mutant: str, tmp_path: Path) -> None:
    """
    With this mistake in the code, some death is noticed.
    """
    sources = mutated(mutant, tmp_path, family="polling")
    code, table = tried("--most", "60", "--seed", "1", "--stop-at-first", sources=sources)

    assert 1 == code
    assert table[KILLED_BY[mutant]] > 0


def test_every_mutant_is_tried() -> None:
    """
    There is no mutant that no run has to kill.
    """
    assert sorted(KILLED_BY) == mutants("polling")


def tried(*options: str, sources: Path | None = None) -> tuple[int, dict[str, int]]:
    """
    Try points in a process that has no threads, on this code or another; return its exit code and its table.
    """
    done = subprocess.run(
        [sys.executable, "-m", "tests.faultpoints", "sqlite", *options],
        cwd=REPOSITORY,
        env=preferring(sources),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    print(done.stdout, done.stderr)  # noqa: T201 - pytest shows it with a failure
    rows = (line.rsplit(maxsplit=1) for line in done.stdout.splitlines())
    return done.returncode, {what: int(count) for what, count in filter(None, rows) if count.isdigit()}
