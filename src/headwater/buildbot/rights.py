"""Until when a Buildbot master may act on its claims: by its minute heartbeats, or by its lease."""

# ruff: noqa: D102 - what the methods do is said once, by the Protocol

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Protocol

from buildbot.data import masters

from headwater.clock import Clock, boot_seconds
from headwater.cluster.lease import Lease

_SAFETY = 1.4
"""As for a lease: clocks that run at different rates are safe below this ratio."""


class Right(Protocol):
    """
    The right of a master to poll.
    """

    @property
    def life(self) -> Hashable:
        """
        Something else after others have, or may have, given this master's claims away.
        """

    def may_act(self) -> bool:
        """
        Tell whether the others cannot have given this master up yet.
        """

    def may_claim(self) -> bool:
        """
        Tell whether this master may claim what is free.
        """


class MinuteRight:
    """
    Buildbot's own rule: who was not marked active for ten minutes is expired.

    Args:
        clock: also runs while the host sleeps.
    """

    def __init__(self, clock: Clock = boot_seconds) -> None:
        self._lease = Lease(60 * masters.EXPIRE_MINUTES / _SAFETY, clock)
        self._life = 0
        self._was_confirmed = False

    @property
    def life(self) -> Hashable:
        return self._life

    def may_act(self) -> bool:
        return self._lease.is_running()

    def may_claim(self) -> bool:
        # With its first claim a master becomes active, and only then has proved that it lives.
        return True

    def confirm(self, began: float) -> None:
        """
        Take note that this master was marked active by a statement that began then.

        If the right had ended, others may have expired this master before: a claim of its own, made first when it
        woke, would have marked it active again, and this statement would have found it so.
        """
        if self._was_confirmed and not self._lease.is_running():
            self.begin_anew()
        self._was_confirmed = True
        self._lease.confirm(began)

    def begin_anew(self) -> None:
        """
        Take note that somebody had expired this master: what it held may be others' now.
        """
        self._life += 1


class WholeRight:
    """
    The right of a master that Buildbot's rule may end, and its lease too while there is one.

    Args:
        minute: by Buildbot's rule.
        lease: returns the lease once it has begun, and None before.
    """

    def __init__(self, minute: MinuteRight, lease: Callable[[], Right | None]) -> None:
        self._minute = minute
        self._lease = lease

    @property
    def life(self) -> Hashable:
        lease = self._lease()
        return (self._minute.life, None if lease is None else lease.life)

    def may_act(self) -> bool:
        lease = self._lease()
        return self._minute.may_act() and (lease is None or lease.may_act())

    def may_claim(self) -> bool:
        lease = self._lease()
        return self._minute.may_claim() and (lease is None or lease.may_claim())
