"""A change source that follows Headwater's feed: one of it brings the commits of every repository."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from buildbot import config
from buildbot.changes.base import ReconfigurablePollingChangeSource
from buildbot.interfaces import IRenderable
from twisted.internet.defer import Deferred
from twisted.python import log

from headwater.buildbot import feedschedulers
from headwater.buildbot.feedadding import Adding
from headwater.buildbot.feedfollowing import Following
from headwater.buildbot.feedplace import FeedPlace, NotKeptError
from headwater.buildbot.feedreading import Feed
from headwater.errors import HeadwaterError


class Headwater(ReconfigurablePollingChangeSource):  # type: ignore[misc] # Buildbot has no types
    """
    Adds each commit of Headwater's feed as a change, in the order of the feed, each exactly once.

    >>> from buildbot.plugins import changes  # doctest: +SKIP
    >>> c["change_source"] = [changes.Headwater("postgresql://ci@db/headwater")]  # doctest: +SKIP

    Args:
        database: the URL of Headwater's database, or what renders to it, such as a secret.
        after: where to begin when this source runs for the first time: after this number of the feed; None: with
            what is recorded from then on.
        sources: patterns of the names of the sources that are followed, as in a shell.
        refs: patterns of the refs that are followed, such as ``refs/heads/release/*``.
        project: of every change, or a callable; None: the name of its source.
        codebase: of every change, or a callable; None: as ``codebaseGenerator`` says.
        category: of every change, or a callable.
        properties: a dictionary of what every change has besides ``headwater``, or a callable.
        buildPushesWithNoCommits: whether a ref that moves without a new commit is a change, too.
        pollInterval: seconds between two looks at the feed.
        name: of this change source; its place in the feed is kept under it.

    A callable is given the arguments of Buildbot's ``addChange`` in a dictionary.
    """

    name = "headwater"

    _url = ""
    _following = Following()
    _feed: Feed | None = None
    _place: FeedPlace | None = None
    _complaint = ""

    def checkConfig(self, database: Any, **settings: Any) -> None:  # noqa: ANN401, N802 - Buildbot's name
        """
        Refuse what makes no sense; called while master.cfg is read.
        """
        if not isinstance(database, str) and not IRenderable.providedBy(database):
            config.error(f"changes.Headwater: the database is a URL, not {type(database).__name__}")
        for problem in Following(**settings).problems():
            config.error(f"changes.Headwater: {problem}")

    def reconfigService(self, database: Any, **settings: Any) -> Deferred[None]:  # noqa: ANN401, N802 - Buildbot's name
        """
        Take new settings; the place in the feed stays.
        """
        return Deferred.fromCoroutine(self._reconfigure(database, Following(**settings)))

    def describe(self) -> str:
        """
        Say what this is; asked by Buildbot.
        """
        return f"Headwater's feed, followed as {self.name}"

    def poll(self) -> Deferred[None]:
        """
        Add what is new; called by Buildbot, never twice at once.
        """
        return Deferred.fromCoroutine(self._poll())

    def deactivate(self) -> Deferred[None]:
        """
        Stop as soon as the change that is being added is; whoever comes next goes on after it.
        """
        return Deferred.fromCoroutine(self._deactivate())

    async def _reconfigure(self, database: Any, following: Following) -> None:  # noqa: ANN401 - or an IRenderable
        self._url = await self.renderSecrets(database)
        self._following = following
        await super().reconfigService(pollInterval=following.pollInterval, pollAtLaunch=True)

    async def _deactivate(self) -> None:
        await super().deactivate()
        await self._close()

    async def _poll(self) -> None:
        if not self._may_go_on():
            return
        try:
            await self._follow()
        except Exception as error:  # noqa: BLE001 - whatever it was, the next poll begins where this one has come to
            self._forget_place()
            self._complain(error)
            if isinstance(error, NotKeptError):
                self.doPoll.stop()
        else:
            self._complaint = ""

    def _may_go_on(self) -> bool:
        # While the master starts, is configured anew, or ends, some schedulers do not listen.
        return self.active and self.doPoll.running and not self.master.initLock.locked

    async def _follow(self) -> None:
        if self._feed is None or self._feed.url != self._url:
            await self._close()
            self._feed = await Feed.opened(self._url, self.master.reactor)
        if self._place is None:
            await feedschedulers.start_all(self.master)
            self._place = await FeedPlace.found(self.master, self.name, self._beginning(self._feed))
            log.msg(f"{self.name} follows Headwater's feed from change {self._place.number} on")
        adding = Adding(self.name, self._feed, self._place, following=self._following, may_go_on=self._may_go_on)
        await adding.add_all()

    def _beginning(self, feed: Feed) -> Callable[[], Awaitable[int]]:
        async def first() -> int:
            after = self._following.after
            return (await feed.newest() if after is None else after) + 1

        return first

    async def _close(self) -> None:
        self._forget_place()
        if self._feed is not None:
            feed, self._feed = self._feed, None
            await feed.close()

    def _forget_place(self) -> None:
        if self._place is not None:
            self._place.close()
            self._place = None

    def _complain(self, error: Exception) -> None:
        # Once, until something else goes wrong or all goes well: the polls are many.
        if str(error) != self._complaint:
            self._complaint = str(error)
            log.msg(f"{self.name} does not follow Headwater's feed, but tries again every few seconds: {error}")
            if not isinstance(error, HeadwaterError) or error.__cause__ is not None:
                log.err(error.__cause__ or error, f"while {self.name} followed Headwater's feed")  # type: ignore[no-untyped-call] # Twisted has none there
