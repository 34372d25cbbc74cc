"""What the processes of a stress run saw is judged rightly: each kind of fault is found, and nothing else."""

from __future__ import annotations

from tests.stress.evidence import Evidence, Grant, Holding, double_grants, mismatches


def held(source: int, master: int, began: float, ended: float) -> Evidence:
    """
    The evidence of a master that held one source for a while.
    """
    return Evidence(master, holdings=[Holding(source, master, began, ended)])


def granted(master: int, *tokens: tuple[int, float, float]) -> Evidence:
    """
    The evidence of a master to which source 1 was granted, under these tokens, asked and answered at these times.
    """
    return Evidence(master, grants=[Grant(1, token, asked, answered) for token, asked, answered in tokens])


def test_one_after_the_other_is_fine() -> None:
    """
    Two masters may hold a source one after the other, and different sources at a time.
    """
    assert [] == double_grants([held(1, 10, 0.0, 1.0), held(1, 20, 1.0, 2.0), held(2, 30, 0.0, 2.0)])


def test_two_at_a_time_are_a_double_grant() -> None:
    """
    Two masters that hold a source at a time are found, also when a third and shorter time lies between.
    """
    evidence = [held(1, 10, 0.0, 9.0), held(1, 10, 1.0, 2.0), held(1, 20, 8.0, 10.0)]

    assert ["source 1 was held by 10 and 20 at a time"] == double_grants(evidence)


def test_overlapping_calls_are_fine() -> None:
    """
    Of two calls at a time either may be answered first.
    """
    assert [] == double_grants([granted(10, (5, 0.0, 3.0)), granted(20, (4, 1.0, 2.0), (6, 4.0, 5.0))])


def test_a_token_told_twice_is_a_double_grant() -> None:
    """
    A token is told to one caller only.
    """
    assert ["token 5 of source 1 was told twice"] == double_grants([granted(10, (5, 0, 1)), granted(20, (5, 0, 1))])


def test_a_token_that_does_not_grow_is_a_double_grant() -> None:
    """
    Who asks after a token was told gets a greater one.
    """
    evidence = [granted(10, (6, 0.0, 1.0)), granted(20, (5, 2.0, 3.0))]

    assert ["token 6 of source 1 was told before a smaller one was asked for"] == double_grants(evidence)


def test_history_as_it_was_matches() -> None:
    """
    A history with every told token, whose open rows are the claims, matches.
    """
    history = [(5, 1, 10, None, "released"), (6, 1, 20, 1, None)]

    assert [] == mismatches([granted(10, (5, 0.0, 1.0)), granted(20, (6, 2.0, 3.0))], history, {1: 20})


def test_a_claim_that_history_does_not_know_is_a_mismatch() -> None:
    """
    A claim without an open row, an open row without a claim, and one of another master are found.
    """
    history = [(5, 2, 10, 2, None), (6, 3, 10, 3, None)]

    assert 3 == len(mismatches([], history, {1: 10, 3: 20}))


def test_a_told_token_that_history_does_not_know_is_a_mismatch() -> None:
    """
    A told token that history does not have, or has of another master, is found.
    """
    history = [(6, 1, 20, None, "released")]

    assert 2 == len(mismatches([granted(10, (5, 0.0, 1.0), (6, 2.0, 3.0))], history, {}))
