"""Add what a feed tells to Buildbot, change by change and commit by commit, from the place on where it stopped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.python import log

from headwater.buildbot.feedchange import change_of, move_of, too_long
from headwater.buildbot.feedfollowing import Following
from headwater.buildbot.feedplace import FeedPlace, NotKeptError
from headwater.buildbot.feedreading import CHANGES, Feed
from headwater.errors import HeadwaterError
from headwater.store.feedpages import Summary
from headwater.store.places import PlaceMovedError


class NotAddedError(HeadwaterError):
    """
    A commit could not be added to Buildbot.
    """

    def __init__(self, summary: Summary, revision: str, problem: str) -> None:
        super().__init__(summary, revision, problem)
        self.summary = summary
        self.revision = revision
        self.problem = problem

    def __str__(self) -> str:
        where = f"{self.revision} of {self.summary.source_name}, change {self.summary.number} of the feed"
        return f"{where}, cannot be added, so nothing after it is either: {self.problem}"


class Adding:
    """
    Goes through the feed.

    Args:
        name: of the change source.
        feed: what is read.
        place: where to go on.
        following: what is followed, and what is made of it.
        may_go_on: asked before each commit; once it says no, nothing more is added.
    """

    def __init__(
        self, name: str, feed: Feed, place: FeedPlace, *, following: Following, may_go_on: Callable[[], bool]
    ) -> None:
        self._name = name
        self._feed = feed
        self._place = place
        self._following = following
        self._may_go_on = may_go_on

    async def add_all(self) -> None:
        """
        Add what there is.

        Raises:
            AnotherFeedError: the place is not in this feed.
            NotAddedError: something cannot be added.
            PlaceMovedError: another master adds the same.
        """
        while self._may_go_on() and await self._add_a_page():
            pass

    async def _add_a_page(self) -> bool:
        page = await self._feed.page(self._place.number)
        for summary in page.summaries:
            self._skip_pruned(summary.number)
            if not await self._add_change(summary):
                break
            self._place.skip_to(summary.number + 1)
        await self._place.keep()
        return len(page.summaries) == CHANGES

    def _skip_pruned(self, number: int) -> None:
        """
        Go on to a change, and say so if there is something before it that was not read: it was pruned.
        """
        if number > self._place.number:
            log.msg(
                f"{self._name}: changes {self._place.number} to {number - 1} of the feed were pruned before "
                "they were read, and are not added: let Headwater keep its changes for longer"
            )
            self._place.skip_to(number)

    async def _add_change(self, summary: Summary) -> bool:
        if not self._following.wants(summary):
            return True
        if (problem := too_long(summary)) is not None:
            log.msg(f"{self._name}: change {summary.number} of the feed is left out: {problem}")
            return True
        if not summary.commit_count:
            return await self._add(summary, move_of(summary, self._marker), is_last=True)
        while self._place.number == summary.number:
            if not await self._add_commits(summary):
                return False
        return True

    async def _add_commits(self, summary: Summary) -> bool:
        first = self._place.first
        commits = await self._feed.commits(summary.number, first)
        if not commits:
            # Pruned a moment ago, after the page was read.
            self._skip_pruned(summary.number + 1)
        for ordinal, commit in enumerate(commits, start=first):
            change = change_of(summary, commit, self._marker)
            if not await self._add(summary, change, is_last=ordinal == summary.commit_count - 1):
                return False
        return True

    async def _add(self, summary: Summary, change: dict[str, Any], *, is_last: bool) -> bool:
        if not self._may_go_on():
            return False
        try:
            await self._place.add(self._following.labels.of(change), is_last=is_last)
        except (PlaceMovedError, NotKeptError):
            raise
        except Exception as error:
            raise NotAddedError(summary, change["revision"], f"{type(error).__name__}: {error}") from error
        return True

    @property
    def _marker(self) -> str:
        return f"{self._name}:{self._place.number}:{self._place.first}"
