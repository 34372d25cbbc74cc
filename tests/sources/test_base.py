"""Positions, and how refs moved between two of them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from headwater.sources.base import moves
from headwater.values import Move

positions = st.dictionaries(st.sampled_from("abcdef"), st.sampled_from("123"))


def test_moves_of_every_kind() -> None:
    """
    A ref that is new, gone or elsewhere has moved, in the order of names; one that stayed has not.
    """
    told = moves({"stays": "1", "gone": "1", "elsewhere": "1"}, {"stays": "1", "new": "1", "elsewhere": "2"})

    expected = [
        Move(ref="elsewhere", before="1", after="2"),
        Move(ref="gone", before="1", after=None),
        Move(ref="new", before=None, after="1"),
    ]
    assert expected == told


@given(position=positions, seen=positions)
def test_moves_lead_from_one_position_to_the_other(position: dict[str, str], seen: dict[str, str]) -> None:
    """
    Whoever follows the moves from a position arrives at what was seen.
    """
    reached = dict(position)
    for move in moves(position, seen):
        assert reached.pop(move.ref, None) == move.before
        if move.after is not None:
            reached[move.ref] = move.after

    assert seen == reached
