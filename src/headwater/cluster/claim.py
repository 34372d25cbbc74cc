"""A claim as those see it who run something under it."""

from __future__ import annotations

from itertools import count

from headwater.cluster.lease import Lease
from headwater.errors import ClaimLostError
from headwater.values import Fence, Watched


class Claim:
    """
    The right to run one source, as long as it lasts.

    Args:
        source: the name of what is claimed.
        fence: under which everything is recorded.
        lease: the master's right to act.
        watched: its settings; None for a name that somebody claimed without any.
    """

    def __init__(self, source: str, fence: Fence, lease: Lease, watched: Watched | None = None) -> None:
        self.source = source
        self.fence = fence
        self.lost: str | None = None
        """Why it was lost; None while it is held."""
        self.tries = count(1)
        """A number for each try at recording under it, so that half of one never mixes with another."""
        self._lease = lease
        self._watched = watched

    def __repr__(self) -> str:
        return f"<Claim of {self.source!r}, token {self.token}{f', {self.lost}' if self.lost else ''}>"

    @property
    def token(self) -> int:
        """
        The fencing token: grows with every claim of this source.
        """
        return self.fence.token

    @property
    def is_watched(self) -> bool:
        """
        Whether the source has settings.
        """
        return self._watched is not None

    @property
    def group(self) -> str | None:
        """
        The group of sources in whose shares it counts; None for one without settings.
        """
        return None if self._watched is None else self._watched.settings.group

    @property
    def watched(self) -> Watched:
        """
        The source with its settings.
        """
        assert self._watched is not None, f"{self.source} has no settings"  # noqa: S101 - only the runner asks
        return self._watched

    @property
    def deadline(self) -> float:
        """
        The second of `headwater.clock.boot_seconds` until when one may act, unless a heartbeat is confirmed before.
        """
        return self._lease.until

    @property
    def may_act(self) -> bool:
        """
        Whether `check` would return.
        """
        return self.lost is None and self._lease.is_running()

    def check(self) -> None:
        """
        Return if one may act under this claim now.

        Ask right before anything that only the holder may do. Between the answer and the act the process may be
        stopped for any time: what must be safe from that as well takes the `token` along, and whoever gets it
        refuses one that is lower than a token it has seen.

        Raises:
            ClaimLostError: it was lost, or no heartbeat was confirmed for the length of the lease.
        """
        if not self.may_act:
            why = self.lost or "no heartbeat was confirmed in time"
            raise ClaimLostError(self.fence.source, self.fence.master, self.fence.token, why)
