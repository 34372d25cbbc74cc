"""A master that polls one source when a test says so, and what it records."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from headwater import AsyncStore, Change, Settings, Watched
from headwater.clock import boot_seconds
from headwater.cluster.claim import Claim
from headwater.cluster.lease import Lease
from headwater.running.poll import Poller, Seen
from headwater.sources.base import ChangeSource
from headwater.sources.credentials import Credentials
from headwater.sources.kinds import kinds
from headwater.sources.workplace import Workplace
from headwater.values import Brief, Fence


class Watcher:
    """
    A master that holds a source.

    Args:
        runner: of the event loop.
        store: where it records.
        cache: where it keeps its commits.
        settings: of the source, if it is not registered yet.
    """

    def __init__(self, runner: asyncio.Runner, store: AsyncStore, cache: Path, settings: Settings) -> None:
        self._runner = runner
        self.store = store
        self.credentials = Credentials()
        self.timeout = 20.0
        self.note = ""
        """What the newest poll had to say though all went well."""
        self.turn_to("api", settings, cache)
        self.seen = len(self.feed())
        """The number of the newest change that `poll` has returned."""

    def turn_to(self, name: str, settings: Settings, cache: Path) -> None:
        """
        Hold the source of this name, which is registered if it is not yet.
        """
        self.cache = cache
        self.id = self._runner.run(self._register(name, settings))
        self.poller = self._take()

    async def _register(self, name: str, settings: Settings) -> int:
        found = await self.store.find([name])
        return found[name] if found else (await self.store.edit(add={name: settings}))[name]

    def poll(self) -> list[Change]:
        """
        Poll once; return the changes that this has added to the feed, with their commits.
        """
        self.poll_by(self.poller)
        new = self.feed(after=self.seen)
        self.seen += len(new)
        return new

    def poll_by(self, poller: Poller) -> None:
        """
        Poll once under the claim of a poller, which may have ended.
        """

        async def poll() -> Seen:
            return await poller.poll(await poller.brief())

        self.note = self._runner.run(poll()).note

    def feed(self, *, after: int = 0) -> list[Change]:
        """
        Return the changes that were recorded after a number.
        """
        return self._runner.run(self.store.changes(after=after, most=1000))

    def position(self) -> dict[str, str] | None:
        """
        Return where the database says that the refs are.
        """
        return self._runner.run(self.store.position(self.id))

    def move_to(self, cache: Path) -> None:
        """
        Have another master, on a host of its own with this cache, take over.
        """
        self.cache = cache
        self.poller = self._take()

    def edit(self, settings: Settings, *, name: str = "api") -> None:
        """
        Change the settings of the source, as an operator does.
        """
        self._runner.run(self.store.edit(change={self.id: (name, settings)}))

    def _take(self) -> Poller:
        claim = self._runner.run(self._claim())
        return Poller(claim, self.store, make=self._make, on_change=lambda _change: None)

    async def _claim(self) -> Claim:
        await self.store.force_release([self.id])
        master = await self.store.join("ci")
        token = (await self.store.claim([self.id], master))[self.id]
        assert token is not None
        fence = Fence(source=self.id, master=master.id, token=token, name=master.name)
        lease = Lease(3600, boot_seconds)
        lease.confirm(boot_seconds())
        watched = Watched(id=self.id, name="api", settings=Settings(kind="git", url="x"))
        return Claim("api", fence, lease, watched)

    def _make(self, brief: Brief) -> ChangeSource:
        workplace = Workplace(name=brief.name, cache=self.cache, timeout=self.timeout, credentials=self.credentials)
        return kinds()[brief.settings.kind](brief.settings, workplace)


def messages(change: Change) -> list[str]:
    """
    Return the messages of a change's commits, as they stand in the feed.
    """
    return [commit.message for commit in change.commits]


@contextmanager
def watcher(database: str | AsyncStore, cache: Path, settings: Settings) -> Iterator[Watcher]:
    """
    Have a master that holds a source.
    """
    store = database if isinstance(database, AsyncStore) else AsyncStore(database)
    with asyncio.Runner() as runner:
        runner.run(store.open())
        try:
            yield Watcher(runner, store, cache, settings)
        finally:
            runner.run(store.close())
