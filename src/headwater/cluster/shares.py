"""Fair shares: which free sources a master claims, and which it hands over (docs/explanation/claiming.md, R11)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from headwater.values import Share


class Member(Struct, frozen=True):
    """
    One master that can run the sources of a group.
    """

    id: int
    share: Share
    is_draining: bool = False


def targets(members: Sequence[Member], total: int) -> dict[int, int]:
    """
    Return how many sources each master should hold.

    All get the same number, and the first ones, by rank, one more if it does not come out even. Who holds most is
    first, then who is older: so the fewest have to move. A master that drains gets none.
    """
    ranked = sorted((member for member in members if not member.is_draining), key=lambda m: (-m.share.held, m.id))
    if not ranked:
        return {member.id: 0 for member in members}
    each, more = divmod(total, len(ranked))
    fair = {member.id: each + (rank < more) for rank, member in enumerate(ranked)}
    return {member.id: fair.get(member.id, 0) for member in members}


def to_claim(me: int, members: Sequence[Member], free: Sequence[int]) -> Sequence[int]:
    """
    Return the free sources that a master claims to fill its share.

    It leaves those alone that the masters before it lack: all see the same order, and few want the same one.
    """
    lacking = _lacking(members, free)
    skipped = sum(count for id_, count in lacking.items() if id_ < me)
    return free[skipped : skipped + lacking.get(me, 0)]


def wanted(me: int, members: Sequence[Member], free: Sequence[int]) -> int:
    """
    Return how many sources a master lacks for its share that it cannot have, for none is free.
    """
    return max(_lacking(members, free).get(me, 0) - len(free), 0)


def to_hand_over(me: int, members: Sequence[Member]) -> int:
    """
    Return how many sources a master hands over to those who ask for more, when nothing is free.

    Who has most above its share gives first. Nobody gives more than is asked for.
    """
    fair = targets(members, sum(member.share.held for member in members))
    asked = sum(member.share.want for member in members if not member.is_draining)
    for member in sorted(members, key=lambda m: (-m.share.held, m.id)):
        gives = min(max(member.share.held - fair[member.id], 0), asked)
        if member.id == me:
            return gives
        asked -= gives
    return 0


def members_of(group: str, shares: Iterable[tuple[int, Mapping[str, Share], bool]]) -> list[Member]:
    """
    Return the masters that can run the sources of a group: those that say so with their heartbeat.
    """
    return [Member(id_, said[group], is_draining) for id_, said, is_draining in shares if group in said]


def _lacking(members: Sequence[Member], free: Sequence[int]) -> dict[int, int]:
    total = sum(member.share.held for member in members) + len(free)
    fair = targets(members, total)
    return {
        member.id: max(fair[member.id] - member.share.held, 0)
        for member in sorted(members, key=lambda member: member.id)
        if not member.is_draining
    }
