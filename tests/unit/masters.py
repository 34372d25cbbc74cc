"""Masters and sources as the cluster's pure modules see them."""

from __future__ import annotations

from headwater.clock import Clock
from headwater.cluster.claim import Claim
from headwater.cluster.lease import Lease
from headwater.values import Fence, Peer, Settings, Share, Watched

GIT = Settings(kind="git", url="https://git.example/api.git")


def peer(id_: int, *, beat: int = 1, name: str | None = None, share: Share | None = None) -> Peer:
    """
    Make a master that lives; with a share, one that can run git.
    """
    shares = {} if share is None else {"git": share}
    return Peer(id=id_, name=name or f"ci#{id_}", given_name="ci", beat=beat, shares=shares)


def free_source(id_: int, *, free_ms: int = 0) -> Watched:
    """
    Make a source that nobody holds.
    """
    return Watched(id=id_, name=f"source-{id_}", settings=GIT, free_ms=free_ms)


def running_lease(clock: Clock) -> Lease:
    """
    Make a lease of 7 s that begins now.
    """
    lease = Lease(7, clock)
    lease.confirm(clock())
    return lease


def claim_of(source: int, lease: Lease, *, token: int = 1, watched: Watched | None = None) -> Claim:
    """
    Make a claim.
    """
    return Claim(f"source-{source}", Fence(source=source, master=1, token=token), lease, watched)
