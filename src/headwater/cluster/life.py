"""What one master knows in one life; a life after it begins with none of this."""

from __future__ import annotations

from collections.abc import Mapping

from headwater.cluster.claim import Claim
from headwater.cluster.lease import Lease
from headwater.cluster.timing import Timing
from headwater.cluster.windows import Windows
from headwater.values import Fence, Master, Peer, Watched


class Life:
    """
    The state of one life: its right to act, what it has seen of the others, and what is still to be looked at.

    Args:
        master: who lives it.
        lease: its right to act.
        timing: the cluster's times.
    """

    def __init__(self, master: Master, lease: Lease, timing: Timing) -> None:
        self.master = master
        self.lease = lease
        self.windows = Windows(timing)
        self.peers: tuple[Peer, ...] = ()
        """The masters that live, as the last look after a confirmed heartbeat showed them; none before the first."""
        self.gone: tuple[Peer, ...] = ()
        """Those whose heartbeat has stood still for too long."""
        self.is_over = False
        self.beat = 0
        self.claims_version: int | None = None
        """The version of its claims at the last comparison with the database."""
        self.compared_at = float("-inf")
        self._company: tuple[object, float] = (None, 0.0)
        self._picture: tuple[object, float] = (None, 0.0)

    @property
    def me(self) -> Peer | None:
        """
        The master itself as the database has it; None before the first look.
        """
        return next((peer for peer in self.peers if self.is_me(peer)), None)

    def is_me(self, peer: Peer) -> bool:
        """
        Tell whether a master is this very life: ids alone can be given out twice.
        """
        return (peer.id, peer.name) == (self.master.id, self.master.name)

    def see(self, peers: list[Peer], *, asked: float, answered: float) -> None:
        """
        Take what a look right after a confirmed heartbeat showed, in seconds of the master's clock.
        """
        me = next((peer for peer in peers if self.is_me(peer)), None)
        if me is None or me.beat <= self.beat:
            # Somebody has just ended this life; or the database went back in time and forgot what it had confirmed.
            self.is_over = True
            return
        self.beat = me.beat
        others = [peer for peer in peers if not self.is_me(peer)]
        self.gone = tuple(self.windows.look(others, asked=asked, answered=answered))
        self.peers = tuple(peers)

    def claim(self, source: int, name: str, token: int, watched: Watched | None = None) -> Claim:
        """
        Return a claim of this life, as those see it who run something under it.
        """
        fence = Fence(source=source, master=self.master.id, token=token, name=self.master.name)
        return Claim(name, fence, self.lease, watched)

    def doubt(self) -> None:
        """
        Compare everything with the database at the next look: what failed may have been done all the same.
        """
        self.compared_at = float("-inf")

    def drop(self, dead: list[Peer]) -> None:
        """
        Count masters that were ended no more, before the next look shows it.
        """
        ids = {peer.id for peer in dead}
        self.peers = tuple(peer for peer in self.peers if peer.id not in ids)
        self.gone = ()

    def note(self, free: list[Watched], held: Mapping[str, int], now: float) -> tuple[float, float]:
        """
        Return for how many seconds nobody has come, gone or drained, and for how many nothing at all has moved.
        """
        company = frozenset((peer.id, peer.is_draining) for peer in self.peers)
        picture = ({peer.id: peer.shares for peer in self.peers}, {source.id for source in free}, dict(held))
        self._company = _since(self._company, company, now)
        self._picture = _since(self._picture, picture, now)
        return now - self._company[1], now - self._picture[1]


def _since(known: tuple[object, float], seen: object, now: float) -> tuple[object, float]:
    return known if known[0] == seen else (seen, now)
