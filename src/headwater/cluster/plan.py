"""What a master does next, from what it knows of the cluster: values in, actions out, nothing else."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from msgspec import Struct

from headwater.cluster.shares import members_of, to_claim, to_hand_over, wanted
from headwater.cluster.timing import Timing
from headwater.values import Peer, Share, Watched

_AT_ONCE = 1000
"""Sources that are handed over in one go at the most."""

_LEFT_OVER_AT_ONCE = 50
"""Sources that are claimed in one go beyond one's share. Everybody goes for the same: who is slower is refused."""

_AGAIN = 0.5
"""Seconds until the next look while sources are free."""

_SELDOM = 60.0
"""Seconds until the next look otherwise; and for how long a source has to be free until it is no longer news."""


class Situation(Struct, frozen=True, kw_only=True):
    """
    What a master knows when it looks.
    """

    me: int
    peers: tuple[Peer, ...]
    """All masters that live, this one among them, as the database has them."""
    held: Mapping[str, int]
    """How many sources this master holds, of each group that it can run."""
    free: tuple[Watched, ...]
    """Sources that nobody holds and this master can run, longest free first; not all, if they are many."""
    may_act: bool
    """Whether the lease is running."""
    quiet_for: float
    """Seconds since somebody came, went, or began or ended to drain."""
    still_for: float
    """Seconds since anybody's shares changed, or anything was free."""


class Plan(Struct, frozen=True, kw_only=True):
    """
    What is to be done.
    """

    claim: tuple[int, ...] = ()
    hand_over: Mapping[str, int] = {}
    """How many sources of which group, the oldest claims first."""
    shares: Mapping[str, Share] = {}
    """What the next heartbeat says; what is handed over is no longer counted."""


def plan(situation: Situation, timing: Timing) -> Plan:
    """
    Decide what to claim and what to hand over (docs/explanation/claiming.md, R11).
    """
    draining = any(peer.is_draining for peer in situation.peers if peer.id == situation.me)
    if draining:
        everything = {group: held for group, held in situation.held.items() if held}
        return Plan(hand_over=everything, shares={group: Share() for group in situation.held})
    claim: list[int] = []
    hand_over: dict[str, int] = {}
    shares: dict[str, Share] = {}
    for group, held in situation.held.items():
        members = members_of(group, _said(situation))
        free = [source.id for source in situation.free if source.settings.group == group]
        surplus = 0
        if situation.may_act:
            long_free = {source.id for source in situation.free if (source.free_ms or 0) >= timing.unclaimed * 1000}
            share = to_claim(situation.me, members, free)
            left_over = long_free.difference(share)
            claim += [*share, *[id_ for id_ in free if id_ in left_over][:_LEFT_OVER_AT_ONCE]]
            # Numbers that are a heartbeat old show what has just moved twice, or not at all: only when nothing
            # moves do they say who has too much.
            if not free and _is_calm(situation, timing):
                surplus = min(to_hand_over(situation.me, members), _AT_ONCE)
                if surplus:
                    hand_over[group] = surplus
        shares[group] = Share(held=held - surplus, want=wanted(situation.me, members, free))
    return Plan(claim=tuple(claim), hand_over=hand_over, shares=shares)


def next_look(free: Collection[Watched]) -> float:
    """
    Return in how many seconds to look again, if nobody calls before and nothing was won.
    """
    return _AGAIN if any((source.free_ms or 0) < _SELDOM * 1000 for source in free) else _SELDOM


def _is_calm(situation: Situation, timing: Timing) -> bool:
    return situation.quiet_for >= timing.quiet and situation.still_for >= 2 * timing.heartbeat


def _held(situation: Situation) -> dict[str, Share]:
    return {group: Share(held=held) for group, held in situation.held.items()}


def _said(situation: Situation) -> list[tuple[int, Mapping[str, Share], bool]]:
    """
    Return what each master says, with this one's own numbers as they are now.
    """
    others = [(peer.id, peer.shares, peer.is_draining) for peer in situation.peers if peer.id != situation.me]
    return [*others, (situation.me, _held(situation), False)]
