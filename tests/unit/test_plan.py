"""What a master does next, from what it knows."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from msgspec import structs

from headwater.cluster.plan import Plan, Situation, next_look, plan
from headwater.cluster.timing import Timing
from headwater.values import Settings, Share, Watched
from tests.unit.masters import free_source, peer

TIMING = Timing(heartbeat=2, quiet=30, unclaimed=6)

ALONE = Situation(
    me=1, peers=(peer(1, share=Share()),), held={"git": 0}, free=(), may_act=True, quiet_for=100, still_for=100
)


def beside(*others: Share, held: int = 0, free: Sequence[Watched] = ()) -> Situation:
    """
    Make a calm situation of master 1 beside others.
    """
    peers = tuple(peer(id_, share=share) for id_, share in enumerate(others, 2))
    me = peer(1, share=Share(held=held))
    return structs.replace(ALONE, peers=(me, *peers), held={"git": held}, free=tuple(free))


def test_who_is_alone_claims_all() -> None:
    """
    A master that is alone claims everything that is free, longest free first; it does not say so before it has won.
    """
    situation = beside(held=1, free=[free_source(9), free_source(8)])

    assert Plan(claim=(9, 8), shares={"git": Share(held=1)}) == plan(situation, TIMING)


def test_who_is_not_alone_claims_its_share() -> None:
    """
    A master leaves to others what is theirs.
    """
    situation = beside(Share(), free=[free_source(id_) for id_ in (7, 8, 9)])

    assert (7, 8) == plan(situation, TIMING).claim
    assert (9,) == plan(structs.replace(situation, me=2), TIMING).claim


def test_what_has_been_free_for_long_is_claimed_by_anyone() -> None:
    """
    A source that those whose share it is did not claim in time is taken, whatever one's own share.
    """
    situation = beside(Share(), held=3, free=[free_source(7, free_ms=5999), free_source(8, free_ms=6000)])

    assert (8,) == plan(situation, TIMING).claim


def test_of_what_all_may_claim_some_is_claimed_at_once() -> None:
    """
    Of many sources that were left over, those that have been free for longest are claimed beside one's share.

    All masters go for the same ones, and all but one of them in vain: so these are few.
    """
    free = [free_source(id_, free_ms=9999 - id_) for id_ in range(1000)]

    assert (*range(500), *range(500, 550)) == plan(beside(Share(), free=free), TIMING).claim
    assert tuple(range(50)) == plan(beside(Share(), held=2000, free=free), TIMING).claim


def test_nothing_is_done_without_the_right_to_act() -> None:
    """
    A master whose lease has run out neither claims nor hands over, and says what it holds.
    """
    situation = structs.replace(beside(Share(want=1), held=2, free=[free_source(9, free_ms=9999)]), may_act=False)

    assert Plan(shares={"git": Share(held=2)}) == plan(situation, TIMING)


def test_what_is_lacking_is_said() -> None:
    """
    A master that holds less than its share while nothing is free asks for the rest.
    """
    assert {"git": Share(want=2)} == plan(beside(Share(held=4)), TIMING).shares


def test_what_is_too_much_is_handed_over() -> None:
    """
    What is above one's share goes to who asks for it, and is no longer counted.
    """
    situation = beside(Share(held=0, want=2), held=4)

    assert Plan(hand_over={"git": 2}, shares={"git": Share(held=2)}) == plan(situation, TIMING)


def test_not_too_much_at_once() -> None:
    """
    At the most a thousand sources are handed over in one go.
    """
    situation = beside(Share(want=5000), held=10_000)

    assert {"git": 1000} == plan(situation, TIMING).hand_over


@pytest.mark.parametrize(
    "change",
    [
        {"quiet_for": 29.9},
        {"still_for": 3.9},
        {"free": (free_source(9),)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_nothing_moves_for_fairness_while_something_moves(change: dict[str, object]) -> None:
    """
    Nobody hands over right after somebody came or went, while numbers change, or while something is free.
    """
    situation = structs.replace(beside(Share(held=0, want=2), held=4), **change)

    assert {} == plan(situation, TIMING).hand_over


def test_nobody_gives_who_is_not_asked() -> None:
    """
    A master with more than its share keeps it while nobody asks for more.
    """
    assert {} == plan(beside(Share(held=0), held=4), TIMING).hand_over


def test_who_drains_gives_everything_at_once() -> None:
    """
    A master that drains hands everything over, whether or not it is quiet or may act, and claims nothing.
    """
    situation = beside(Share(held=1), held=2, free=[free_source(9, free_ms=9999)])
    me, *others = situation.peers
    drained = structs.replace(
        situation,
        peers=(structs.replace(me, is_draining=True), *others),
        held={"git": 2, "svn": 1, "hg": 0},
        quiet_for=0,
        may_act=False,
    )
    nothing = dict.fromkeys(drained.held, Share())

    assert Plan(hand_over={"git": 2, "svn": 1}, shares=nothing) == plan(drained, TIMING)


def test_who_drains_is_not_counted() -> None:
    """
    The others take the whole while one drains.
    """
    situation = beside(Share(held=2), held=1, free=[free_source(7), free_source(8)])
    me, other = situation.peers
    drained = structs.replace(situation, peers=(me, structs.replace(other, is_draining=True)))

    assert (7, 8) == plan(drained, TIMING).claim


def test_each_group_by_itself() -> None:
    """
    What only this host can run is shared among the masters that can, and is no reason to give up other things.
    """
    local = structs.replace(free_source(7), settings=Settings(kind="git", url="/srv/api", host="here"))
    situation = beside(Share(held=1), held=1, free=[local, free_source(8)])
    situation = structs.replace(situation, held={"git": 1, "git@here": 0})

    decided = plan(situation, TIMING)

    assert (8, 7) == decided.claim
    assert {"git": Share(held=1), "git@here": Share()} == decided.shares


def test_who_says_nothing_takes_no_part() -> None:
    """
    A master that has not beaten since it joined, or runs other kinds, gets no share.
    """
    situation = beside(free=[free_source(7), free_source(8)])
    situation = structs.replace(situation, peers=(*situation.peers, peer(2)))

    assert (7, 8) == plan(situation, TIMING).claim


@pytest.mark.parametrize(
    ("free", "seconds"), [([], 60), ([free_source(7, free_ms=60_000)], 60), ([free_source(7)], 0.5)]
)
def test_the_next_look(free: list[Watched], seconds: float) -> None:
    """
    While something has just become free a master looks often, else seldom.
    """
    assert seconds == next_look(free)
