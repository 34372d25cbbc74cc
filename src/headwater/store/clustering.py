"""What a master asks of the registry as a member of the cluster."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from headwater.store import peers, verbs
from headwater.store.arguments import checked_flag, checked_name
from headwater.store.claims import Token
from headwater.store.lives import Life
from headwater.store.peers import Held
from headwater.store.performer import Verb
from headwater.store.requests import Limits, Part, Request, only, ours
from headwater.values import Master, Peer, Share, Source

PEERS = Verb(peers.peers, "beats")
HELD = Verb(peers.held, "reads")
AMONG = Verb(peers.among, "reads")
SOME_OF = Verb(peers.some_of, "reads")
DRAIN = Verb(peers.drain, "writes")


def heartbeat(limits: Limits, master: Master, shares: Mapping[str, Share]) -> Request[bool]:
    """
    Prove that a life goes on, and say what it holds of each group of sources; False if it has ended.
    """
    life = Life(master.id, master.name, shares=peers.as_text(shares))
    return Request(ours(limits, verbs.HEARTBEAT), [Part(life)], only)


def living(limits: Limits) -> Request[list[Peer]]:
    """
    Return the masters whose life goes on.
    """
    return Request(ours(limits, PEERS), [Part(None)], only)


def expire(limits: Limits, peer: Peer) -> Request[list[int] | None]:
    """
    End a life whose heartbeat stopped; return the sources that became free, None if it goes on or was over.

    Of more than a thousand that it held, the others are left to `release_left`: who asks has more to do meanwhile.
    """
    life = Life(peer.id, peer.name, peer.beat, is_swept=True)
    return verbs.about_a_life(ours(limits, verbs.EXPIRE), life, unknown=None)


def held(limits: Limits, master: Master) -> Request[list[Held]]:
    """
    Return the claims of a master, the oldest first.
    """
    return Request(ours(limits, HELD), [Part(Life(master.id, master.name))], only)


def held_among(limits: Limits, sources: Collection[int], *, host: str) -> Request[list[Source]]:
    """
    Return those of some sources that a host could run and somebody holds.
    """
    return Request(ours(limits, AMONG), [Part((tuple(sources), host))], only)


def some_held_by(limits: Limits, master: Master, *, host: str) -> Request[list[Source]]:
    """
    Return sources that a host could run and a master holds, a thousand at the most.
    """
    return Request(ours(limits, SOME_OF), [Part(((master.id,), host))], only)


def hand_over(limits: Limits, tokens: Mapping[int, Token], master: Master) -> Request[list[int]]:
    """
    End claims as a release does; the history says that they were handed over.
    """
    ours(limits, verbs.RELEASE)
    return verbs.release_claims(tokens, master, why="handed over")


def drain(limits: Limits, name: str, *, is_draining: bool) -> Request[None]:
    """
    Have masters of this given name hold nothing from now on, or their share again.
    """
    checked_flag(is_draining, "is_draining")
    name = checked_name(name, at_most=limits.name_bytes)
    return Request(ours(limits, DRAIN), [Part((name, is_draining), keys=[("drain", name)])], only)
