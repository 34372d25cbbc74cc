"""Fair shares: everything is claimed once, all get the same, and no source moves twice."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from headwater.cluster.shares import Member, members_of, targets, to_claim, to_hand_over, wanted
from headwater.values import Share


def member(id_: int, held: int, *, want: int = 0, is_draining: bool = False) -> Member:
    """
    Make a master that holds so many sources.
    """
    return Member(id_, Share(held=held, want=want), is_draining)


def clusters(*, least: int = 1, may_drain: bool = False) -> st.SearchStrategy[list[Member]]:
    """
    Make some masters, each of which holds something or nothing.
    """
    drains = st.booleans() if may_drain else st.just(value=False)
    each = st.tuples(st.integers(0, 12), drains)
    return st.lists(each, min_size=least, max_size=6).map(
        lambda rows: [member(id_, held, is_draining=is_) for id_, (held, is_) in enumerate(rows, 1)]
    )


free_ids = st.integers(0, 30).map(lambda count: list(range(1000, 1000 + count)))


def held(members: Sequence[Member]) -> int:
    """
    Count what all hold.
    """
    return sum(one.share.held for one in members)


@given(clusters(may_drain=True), st.integers(0, 100))
def test_targets_are_fair(members: list[Member], total: int) -> None:
    """
    The targets are the whole, and differ by one at the most; who drains has none.
    """
    fair = targets(members, total)
    those = [fair[one.id] for one in members if not one.is_draining]

    assert {one.id for one in members} == set(fair)
    assert all(fair[one.id] == 0 for one in members if one.is_draining)
    assert (total if those else 0) == sum(fair.values())
    assert max(those, default=0) - min(those, default=0) <= 1


def test_who_holds_most_gets_the_one_more() -> None:
    """
    What does not come out even goes to those who hold most, and among those to the older ones: the fewest move.
    """
    assert {1: 2, 2: 3, 3: 2} == targets([member(1, 0), member(2, 4), member(3, 0)], 7)
    assert {1: 3, 2: 2} == targets([member(1, 2), member(2, 2)], 5)


@given(clusters(may_drain=True), free_ids)
def test_every_free_source_is_claimed_once(members: list[Member], free: list[int]) -> None:
    """
    Masters that see the same claim every free source, and none of them twice; nobody claims beyond its target.
    """
    claimed = {one.id: list(to_claim(one.id, members, free)) for one in members}
    fair = targets(members, held(members) + len(free))

    everything = [id_ for ids in claimed.values() for id_ in ids]
    assert ([] if all(one.is_draining for one in members) else free) == sorted(everything)
    assert all(one.share.held + len(claimed[one.id]) <= fair[one.id] for one in members if claimed[one.id])


@given(clusters(may_drain=True))
def test_what_is_lacking_is_asked_for(members: list[Member]) -> None:
    """
    With nothing free each master asks for just what its target lacks; who drains asks for nothing.
    """
    fair = targets(members, held(members))
    lacking = {one.id: 0 if one.is_draining else max(fair[one.id] - one.share.held, 0) for one in members}

    assert lacking == {one.id: wanted(one.id, members, []) for one in members}


@given(clusters())
def test_who_can_claim_does_not_ask(members: list[Member]) -> None:
    """
    While enough is free, nobody asks others for theirs.
    """
    assert {0} == {wanted(one.id, members, list(range(200))) for one in members}


@given(clusters(), st.data())
def test_nobody_gives_more_than_is_asked_for(members: list[Member], data: st.DataObject) -> None:
    """
    All together hand over no more than all ask for, and nobody goes below its target.
    """
    asking = [
        structs.replace(one, share=structs.replace(one.share, want=data.draw(st.integers(0, 5)))) for one in members
    ]
    fair = targets(asking, held(asking))
    given_up = {one.id: to_hand_over(one.id, asking) for one in asking}

    assert sum(given_up.values()) <= sum(one.share.want for one in asking)
    assert all(count == 0 or one.share.held - count >= fair[one.id] for one in asking for count in [given_up[one.id]])


def moved(members: list[Member]) -> tuple[list[Member], int]:
    """
    Let all ask, hand over and claim, each step with what the others said before; return them, and how much moved.
    """
    asking = [
        structs.replace(one, share=structs.replace(one.share, want=wanted(one.id, members, []))) for one in members
    ]
    given_up = {one.id: to_hand_over(one.id, asking) for one in asking}
    left = [member(one.id, one.share.held - given_up[one.id], is_draining=one.is_draining) for one in asking]
    free = list(range(sum(given_up.values())))
    claimed = {one.id: len(to_claim(one.id, left, free)) for one in left}
    return [member(one.id, one.share.held + claimed[one.id], is_draining=one.is_draining) for one in left], len(free)


@given(clusters())
def test_shares_converge_with_the_fewest_moves(members: list[Member]) -> None:
    """
    However the sources lie, moving what is too much makes them fair, with no move too many; and then nothing moves.
    """
    total = held(members)
    fair = targets(members, total)
    fewest = sum(max(one.share.held - fair[one.id], 0) for one in members)
    moves = 0
    for _ in range(2):
        members, moving = moved(members)
        moves += moving

    counts = [one.share.held for one in members]
    assert total == sum(counts)
    assert max(counts) - min(counts) <= 1
    assert fewest == moves
    assert 0 == moved(members)[1]


def test_who_drains_gives_nothing_by_share() -> None:
    """
    A master that drains asks for nothing; what it gives is no matter of shares, and the others fill up.
    """
    members = [member(1, 0, is_draining=True), member(2, 3)]

    assert [] == to_claim(1, members, [7, 8])
    assert [7, 8] == to_claim(2, members, [7, 8])
    assert 0 == wanted(1, members, [])


def test_somebody_else_asks_for_nothing() -> None:
    """
    A master that is not among those who can run a group neither claims nor gives there.
    """
    members = [member(1, 0), member(2, 4)]

    assert [] == to_claim(3, members, [7, 8])
    assert (0, 0) == (wanted(3, members, []), to_hand_over(3, members))
    assert {1: 0} == targets([member(1, 0, is_draining=True)], 5)


def test_members_say_what_they_can_run() -> None:
    """
    Masters share the sources of those groups that they name with their heartbeats.
    """
    said = [(1, {"git": Share(held=2)}, False), (2, {"svn": Share(held=3)}, False), (3, {"git": Share()}, True)]

    assert [member(1, 2), member(3, 0, is_draining=True)] == members_of("git", said)
