"""Who is told what a runner sees, and who holds the claims that it runs."""

from __future__ import annotations

from typing import Protocol

from headwater.cluster.claim import Claim
from headwater.values import Change, Watched


class Listener(Protocol):
    """
    Who is told what the runner sees; always in the event loop.
    """

    def recorded(self, change: Change) -> None:
        """
        Take a change that is in the feed.
        """

    def looked(self, watched: Watched, refs: dict[str, str]) -> None:
        """
        Take note that a poll went well for the first time, or again after it had failed.
        """

    def failed(self, watched: Watched, problem: str) -> None:
        """
        Take note that a poll failed, and not as the one before; it is tried again.
        """

    def lost(self, watched: Watched, why: str) -> None:
        """
        Take note that the source is not run here any more, and why.
        """

    def progress(self, watched: Watched, text: str) -> None:
        """
        Take note of how far a poll has come that takes long.
        """


class Holder(Protocol):
    """
    Who holds the claims, and is told what became of them here; the cluster engine is one.
    """

    def alive(self) -> None:
        """
        Take note that the event loop is not stuck.
        """

    def stopped(self, claim: Claim) -> None:
        """
        Take note that nothing runs under a claim any more.
        """

    def lost(self, claim: Claim) -> None:
        """
        Take note that the database refused a claim as ended.
        """
