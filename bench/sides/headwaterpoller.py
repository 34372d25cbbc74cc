"""Headwater's poll of a git repository: as the runner makes it, without the pause between two."""

from __future__ import annotations

from bench.sides.poller import Post
from headwater import AsyncStore, Settings
from headwater.clock import boot_seconds
from headwater.cluster.claim import Claim
from headwater.cluster.lease import Lease
from headwater.running.poll import Poller
from headwater.sources.git import GitSource
from headwater.sources.workplace import Workplace
from headwater.values import Brief, Fence, Report, Watched

NAME = "api"


class HeadwaterPoller:
    """
    One master with one claim on one source.
    """

    async def open(self, post: Post) -> None:
        """
        Claim the source, as a master does that takes over from one that is gone.
        """
        self._store = AsyncStore(post.database)
        await self._store.open()
        settings = Settings(kind="git", url=post.url)
        id_ = (await self._store.register([NAME]))[NAME]
        await self._store.configure(id_, settings)
        await self._store.force_release([id_])
        master = await self._store.join("bench")
        token = (await self._store.claim([id_], master))[id_]
        assert token is not None  # noqa: S101 - nobody else is there
        self._fence = Fence(source=id_, master=master.id, token=token, name=master.name)
        lease = Lease(86_400, boot_seconds)
        lease.confirm(boot_seconds())
        claim = Claim(NAME, self._fence, lease, Watched(id=id_, name=NAME, settings=settings))
        place = Workplace(name=NAME, cache=post.folder / "cache")

        def make(brief: Brief) -> GitSource:
            return GitSource(brief.settings, place)

        self._poller = Poller(claim, self._store, make=make, on_change=lambda _: None)

    async def poll(self) -> None:
        """
        Poll once, and tell how the source fares, which masters with many sources tell of many at once.
        """
        await self._poller.poll(await self._poller.brief())
        fence = self._fence
        await self._store.report([Report(source=fence.source, token=fence.token, state="ok", checked_ago=0)])
