"""What callers were told of claims is judged as a history, in which one wrong answer is enough."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from headwater import ChangeSourceAlreadyClaimedError, HeadwaterError, MasterInactiveError
from headwater.store.claimlook import Claimant, Wanted
from headwater.store.lives import Life
from headwater.store.release import Held
from tests.simulation.evidence import Operation
from tests.simulation.linear import problems

SOURCE, FIRST, SECOND = 7, 1, 2

TOKENS = {1: (SOURCE, FIRST), 2: (SOURCE, SECOND), 3: (SOURCE, SECOND)}


def told(at: int, kind: str, arguments: object, answer: object) -> Operation:
    """
    Return a call that was answered before the next one was made.
    """
    return Operation(kind, "somebody", arguments, called=at, answered=at + 0.5, answer=answer)


def wanted(master: int) -> Wanted:
    """
    Return the claim of a master.
    """
    return Wanted((SOURCE,), Claimant(id=master))


HISTORY = [
    told(0, "claim", wanted(FIRST), {SOURCE: 1}),
    told(1, "claim", wanted(SECOND), {SOURCE: ChangeSourceAlreadyClaimedError(SOURCE, FIRST)}),
    told(2, "release", Held(FIRST, None, {SOURCE: 1}), [SOURCE]),
    told(3, "claim", wanted(SECOND), {SOURCE: 2}),
    told(4, "release", Held(FIRST, None, {SOURCE: 1}), []),
    told(5, "force", ((SOURCE,), "forced"), {SOURCE: SECOND}),
]


def test_a_true_history() -> None:
    """
    What was told as it was is explained.
    """
    assert [] == problems(HISTORY, [SOURCE], TOKENS)


@pytest.mark.parametrize(
    ("number", "answer"),
    [(1, {SOURCE: 3}), (4, [SOURCE]), (5, {})],
    ids=["granted while it was held", "released by one that did not hold it", "not forced though it was held"],
)
def test_one_wrong_answer(number: int, answer: Any) -> None:  # noqa: ANN401 - as its kind answers
    """
    One call that is answered otherwise leaves no order, and the source is named.
    """
    wrong = [replace(one, answer=answer) if one is HISTORY[number] else one for one in HISTORY]

    (problem,) = problems(wrong, [SOURCE], TOKENS)

    assert problem.endswith(f"explains what was told of source {SOURCE}")


@pytest.mark.parametrize(
    ("error", "is_explained"),
    [(MasterInactiveError(FIRST), True), (ChangeSourceAlreadyClaimedError(SOURCE, SECOND), False)],
    ids=["inactive", "claimed"],
)
def test_why_a_free_source_was_not_won(error: HeadwaterError, is_explained: bool) -> None:  # noqa: FBT001 - a parameter
    """
    Who is told that it is not active itself may be told so of a free source; that somebody holds it, nobody may.
    """
    refused = [told(6, "claim", wanted(FIRST), {SOURCE: error})]

    assert is_explained is (not problems([*HISTORY, *refused], [SOURCE], TOKENS))


def test_an_answer_that_was_lost() -> None:
    """
    Two may be told that they ended one claim if the first answer to one of them was lost, but not otherwise.
    """
    over = [told(1, "expire", Life(FIRST, None), [SOURCE]), told(1, "expire", Life(FIRST, None), [SOURCE])]
    claimed = told(0, "claim", wanted(FIRST), {SOURCE: 1})

    assert problems([claimed, *over], [SOURCE], TOKENS)
    assert [] == problems([claimed, replace(over[0], again=True), over[1]], [SOURCE], TOKENS)
