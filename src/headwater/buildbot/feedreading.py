"""Headwater's feed as a change source reads it: page by page, without blocking."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred

from headwater.db.connector import DBConnector
from headwater.errors import HeadwaterError
from headwater.store import feedpages
from headwater.store.feedpages import Page
from headwater.values import Commit

CHANGES = 100
"""Changes that are read at once, without their commits."""

COMMITS = 200
"""Commits that are read at once."""


class AnotherFeedError(HeadwaterError):
    """
    The feed ends before the place to which it was read.
    """

    def __init__(self, newest: int, number: int) -> None:
        super().__init__(newest, number)
        self.newest = newest
        self.number = number

    def __str__(self) -> str:
        return (
            f"the feed ends with change {self.newest}, but it was read up to change {self.number - 1}: if this is "
            "another database than before, give the change source another name"
        )


class Feed:
    """
    The feed of an open database.
    """

    def __init__(self, url: str, connector: DBConnector) -> None:
        self.url = url
        self._connector = connector

    @classmethod
    async def opened(cls, url: str, reactor: Any) -> Feed:  # noqa: ANN401 - Buildbot has no types
        """
        Open a database.
        """
        connector = DBConnector(url, reactor=reactor)
        await connector.setup()
        return cls(url, connector)

    async def newest(self) -> int:
        """
        Return the number of the last change.
        """
        page = await self._connector.ask(lambda limits: feedpages.page(limits, first=0, most=1))
        return page.newest

    async def page(self, first: int) -> Page:
        """
        Return the changes from a number on.

        Raises:
            AnotherFeedError: it is beyond the end of the feed, and not by one.
        """
        page = await self._connector.ask(lambda limits: feedpages.page(limits, first=first, most=CHANGES))
        if page.newest < first - 1:
            raise AnotherFeedError(page.newest, first)
        return page

    def commits(self, number: int, first: int) -> Deferred[list[Commit]]:
        """
        Return commits of a change from an ordinal on.
        """
        return self._connector.ask(lambda limits: feedpages.commits_of(limits, number, first=first, most=COMMITS))

    def close(self) -> Deferred[None]:
        """
        Close the database.
        """
        return self._connector.stop()
