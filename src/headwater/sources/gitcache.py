"""The commits of one repository on this host, in a bare repository that may be thrown away at any time."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncGenerator, Collection, Iterable, Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from headwater.sources.gitcommand import Git, Outcome
from headwater.sources.gitlog import FORMAT, CommitReader, refused
from headwater.values import Commit

_KINDS = {"commit", "tag", "tree", "blob"}
"""Of objects: a tag may point to any of them."""

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
    "--update-shallow",
)
_GRAPH = ("-c", "fetch.writeCommitGraph=true")
"""With a commit graph, git finds out exactly which commits are part of which history, and needs little memory for it.
Without one it goes by their dates: with a few wrong ones it counts old commits as new."""

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
        Return those of the objects that are here; none if the cache cannot be read.
        """
        asked = await self._git.run(
            "cat-file", "--batch-check=%(objecttype) %(objectname)", options=self._here, stdin=_lines(oids)
        )
        if asked.code:
            return frozenset()
        kinds = (line.split(" ") for line in asked.output.decode(errors="replace").splitlines())
        return frozenset(rest[0] for kind, *rest in kinds if kind in _KINDS)

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
        self._check_there(outcome)

    async def _fetch(self, refspecs: Iterable[str], object_format: str) -> Outcome:
        await self._tidy()
        await self._make(object_format)
        return await self._ask(refspecs)

    async def _ask(self, refspecs: Iterable[str]) -> Outcome:
        command = (*_FETCH, *(_FILTER_FLAGS if self.filtering else ()), "headwater")
        options = (*self._there, *_GRAPH, *(_FILTER_OPTIONS if self.filtering else ()))
        return await self._git.get("fetch", *command, options=options, stdin=_lines(refspecs))

    def _check_there(self, outcome: Outcome) -> None:
        is_ours = bytes(self._folder) in outcome.errors  # which another poll mends, no human
        self._git.check(replace(outcome, asked_host=False) if is_ours else outcome)

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
                self._check_there(outcome)
                return
            wanted -= gone

    async def commit_id(self, rev: str) -> str | None:
        """
        Return the id of the commit whose id begins like this; None if there is none, or more than one.
        """
        outcome = await self._git.run("rev-parse", "--quiet", "--verify", f"{rev}^{{commit}}", options=self._here)
        return None if outcome.code else outcome.output.decode(errors="replace").strip()

    async def having(self, commit: str, refs: Iterable[str]) -> list[str]:
        """
        Return those of the refs, as they were brought last, whose history has a commit.
        """
        outcome = await self._git.run("for-each-ref", f"--contains={commit}", "--format=%(refname)", options=self._here)
        found = set((await self._check_here(outcome)).decode().split())
        return [ref for ref in refs if _kept_as(ref) in found]

    async def count(self, tip: str, *, without: Collection[str], first_parent: bool = False) -> int:
        """
        Tell how many commits a tip's history has that other histories have not.
        """
        walk = ("--topo-order", *_first_parent(first_parent), "--stdin")
        outcome = await self._git.run("rev-list", "--count", *walk, options=self._here, stdin=_revisions(tip, without))
        return int(await self._check_here(outcome))

    async def log(
        self, tip: str, *, without: Collection[str], at_most: int | None = None, first_parent: bool = False
    ) -> AsyncGenerator[Commit]:
        """
        Yield the commits of a tip's history, ancestors first, without those of other histories.
        """
        walk = (*_LOG, *_first_parent(first_parent), *(() if at_most is None else (f"--max-count={at_most}",)))
        reader = CommitReader()
        async with self._git.running("log", *walk, options=self._here, stdin=_revisions(tip, without)) as child:
            async for piece in child.output():
                for commit in reader.feed(piece):
                    yield commit
            await self._check_here(await self._git.outcome("log", child))

    async def _check_here(self, outcome: Outcome) -> bytes:
        if outcome.code:  # nobody else to blame: no other host was asked
            await self.discard()
        return self._git.check(outcome)

    async def discard(self) -> None:
        """
        Throw the folder away.
        """
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)


def _kept_as(ref: str) -> str:
    return f"refs/headwater/{sha256(ref.encode()).hexdigest()}"  # no name is in the way of another, as a and a/b are


def _first_parent(is_wanted: bool) -> tuple[str, ...]:  # noqa: FBT001 - it is the question
    return ("--first-parent",) if is_wanted else ()


def _revisions(tip: str, without: Iterable[str]) -> bytes:
    return _lines([tip, *(f"^{oid}" for oid in without)])


def _lines(items: Iterable[str]) -> bytes:
    return "".join(f"{item}\n" for item in items).encode()
