"""The fence refuses what is recorded under a lost claim, and nothing less than all of it does."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conformance.holding import ENDS, MAIN, End
from tests.fence.race import Outcome, claimed_in_place, race
from tests.mutants import each_bad, mutants, mutated
from tests.store.kinds import ON_SERVERS

REFUSED = Outcome("ClaimLostError", {MAIN: "a"}, [(1, "a later one")])

ACCEPTED = Outcome("1", {MAIN: "b"}, [(1, "the holder's"), (2, "a later one")])

# Not SQLite: nobody writes there beside the transaction, so there is no race.
BAD_ON = {
    "joined-token": ["postgresql"],
    "no-lock-on-claim": ["postgresql", "mariadb"],
    "token-before-lock": ["postgresql", "mariadb"],
}


@ON_SERVERS
@pytest.mark.parametrize("end", [*ENDS, claimed_in_place])
def test_a_claim_that_is_just_ending_records_nothing(database: str, end: End) -> None:
    """
    A holder that records while its claim ends, in whatever way, is told so: no change, no move, no gap in the feed.
    """
    assert REFUSED == race(database, end)


@each_bad(BAD_ON)
def test_a_mutant_is_killed(mutant: str, database: str, tmp_path: Path) -> None:
    """
    With this mistake in the fence, the same holder records under an old token, after the end of its claim.
    """
    assert ACCEPTED == race(database, claimed_in_place, mutated(mutant, tmp_path, family="fence"))


def test_every_mutant_is_tried() -> None:
    """
    There is no mutant that no run has to kill.
    """
    assert sorted(BAD_ON) == mutants("fence")
