"""The commits of one repository on this host, in a bare repository that may be thrown away at any time."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncGenerator, Collection, Iterable, Mapping
from hashlib import sha256
from pathlib import Path

from headwater.sources.gitcommand import Git, Outcome
from headwater.sources.gitlog import FORMAT, CommitReader, refused
from headwater.values import Commit

_SHA256 = 64
"""Digits of an object id of the newer kind."""

_MOST_PACKS = 1_000
"""Each fetch adds a pack, and many packs are slow; a fresh start is cheaper to get right than repacking."""

_FILTER_FLAGS = ("--filter=blob:none",)
_FILTER_OPTIONS = ("-c", "remote.headwater.promisor=true", "-c", "remote.headwater.partialCloneFilter=blob:none")
"""So that git does not write them into the cache itself. From a web server without git, git 2.39 then tries to get
every commit that it is about to get, by starting itself again and again."""

_FETCH = (
    "--force",
    "--no-auto-maintenance",
    "--no-prune",
    "--no-recurse-submodules",
    "--no-tags",
    "--no-write-fetch-head",
    "--progress",
    "--stdin",
)
_LOG = (
    "-z",
    "--encoding=UTF-8",
    f"--format={FORMAT}",
    "--no-mailmap",
    "--no-show-signature",
    "--reverse",
    "--stdin",
    "--topo-order",
)


class GitCache:
    """
    What is known of a repository on this host.

    The folder may be deleted, truncated or full of leftovers of a killed git: the next call that needs the network
    makes it anew. The remote is named on the command line only, when it is to be asked: nothing else goes there to
    get objects that this partial clone has not, and no URL is written to the disk.
    """

    def __init__(self, folder: Path, *, url: str, git: Git) -> None:
        self._folder = folder
        self._git = git
        self._here = (f"--git-dir={folder}",)
        self._there = (*self._here, "-c", f"remote.headwater.url={url}")
        self.filtering = False
        """Whether to leave files out; only a git on the other side can do it."""

    async def present(self, oids: Iterable[str]) -> frozenset[str]:
        """
        Return those of the commits that are here; none if the cache cannot be read.
        """
        asked = await self._git.run(
            "cat-file", "--batch-check=%(objecttype) %(objectname)", options=self._here, stdin=_lines(oids)
        )
        if asked.code:
            return frozenset()
        kinds = (line.split(" ") for line in asked.output.decode(errors="replace").splitlines())
        return frozenset(rest[0] for kind, *rest in kinds if kind == "commit")

    async def bring(self, tips: Mapping[str, str]) -> None:
        """
        Fetch the tips of refs, by object id: what was seen, though the ref may have moved on.
        """
        refspecs = [f"{oid}:{_kept_as(ref)}" for ref, oid in tips.items()]
        object_format = "sha256" if any(len(oid) == _SHA256 for oid in tips.values()) else "sha1"
        outcome = await self._fetch(refspecs, object_format)
        if outcome.code and bytes(self._folder) in outcome.errors:
            await self.discard()
            outcome = await self._fetch(refspecs, object_format)
        self._git.check(outcome)

    async def _fetch(self, refspecs: Iterable[str], object_format: str) -> Outcome:
        await self._tidy()
        await self._make(object_format)
        return await self._ask(refspecs)

    async def _ask(self, refspecs: Iterable[str]) -> Outcome:
        command = (*_FETCH, *(_FILTER_FLAGS if self.filtering else ()), "headwater")
        options = (*self._there, *(_FILTER_OPTIONS if self.filtering else ()))
        return await self._git.run("fetch", *command, options=options, stdin=_lines(refspecs))

    async def _make(self, object_format: str) -> None:
        found = await self._git.run("rev-parse", "--show-object-format", options=self._here)
        if found.output.decode(errors="replace").strip() == object_format:
            return
        await self.discard()
        settings = ("--bare", "--quiet", "--template=", f"--object-format={object_format}")
        self._git.check(await self._git.run("init", *settings, "--", str(self._folder)))

    async def _tidy(self) -> None:
        packs = self._folder / "objects" / "pack"
        for leftover in packs.glob("tmp_*"):  # of a fetch that was killed or cut off
            leftover.unlink(missing_ok=True)
        if sum(1 for _ in packs.glob("*.pack")) > _MOST_PACKS:
            await self.discard()

    async def bring_if_there(self, oids: Collection[str]) -> None:
        """
        Fetch commits that no ref may point to any more, except those that the host no longer gives away.

        Only what the host itself says it has not is given up: anything else that fails is raised, to try again later.
        """
        wanted = set(oids)
        while wanted:
            outcome = await self._ask(wanted)
            gone = wanted & refused(outcome.errors)
            if not (outcome.code and gone):
                self._git.check(outcome)
                return
            wanted -= gone

    async def is_ancestor(self, before: str, after: str) -> bool:
        """
        Tell whether a commit is part of the history of another.
        """
        outcome = await self._git.run("merge-base", "--is-ancestor", before, after, options=self._here)
        if outcome.code == 1:
            return False
        await self._check_here(outcome)
        return True

    async def log(self, tip: str, *, without: Collection[str], at_most: int | None = None) -> AsyncGenerator[Commit]:
        """
        Yield the commits of a tip's history, ancestors first, without those of other histories.
        """
        limit = () if at_most is None else (f"--max-count={at_most}",)
        revisions = _lines([tip, *(f"^{oid}" for oid in without)])
        reader = CommitReader()
        async with self._git.running("log", *_LOG, *limit, options=self._here, stdin=revisions) as child:
            async for piece in child.output():
                for commit in reader.feed(piece):
                    yield commit
            await self._check_here(await self._git.outcome("log", child))

    async def _check_here(self, outcome: Outcome) -> None:
        if outcome.code:  # nobody else to blame: no other host was asked
            await self.discard()
        self._git.check(outcome)

    async def discard(self) -> None:
        """
        Throw the folder away.
        """
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)


def _kept_as(ref: str) -> str:
    return f"refs/headwater/{sha256(ref.encode()).hexdigest()}"  # no name is in the way of another, as a and a/b are


def _lines(items: Iterable[str]) -> bytes:
    return "".join(f"{item}\n" for item in items).encode()
