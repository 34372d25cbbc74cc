"""What of the feed is followed, and what is made of it: the arguments of the change source, checked as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase

from msgspec import Struct

from headwater.buildbot.feedchange import Given, Labels
from headwater.store.feedpages import Summary
from headwater.store.places import PROPERTY


class Following(Struct, frozen=True, kw_only=True):
    """
    The arguments of `Headwater` besides the database, under their names there.
    """

    after: int | None = None
    sources: Sequence[str] = ("*",)
    refs: Sequence[str] = ("*",)
    project: Given = None
    codebase: Given = None
    category: Given = None
    properties: Given = None
    buildPushesWithNoCommits: bool = False  # noqa: N815 - as Buildbot's other sources call it
    pollInterval: float = 2  # noqa: N815 - as Buildbot's other sources call it

    def problems(self) -> Iterator[str]:
        """
        Yield what makes no sense.
        """
        if not self.pollInterval > 0:
            yield f"pollInterval={self.pollInterval!r}: write the seconds between two looks at the feed"
        if self.after is not None and self.after < 0:
            yield f"after={self.after!r}: write a number of the feed, 0 for all that it has, or leave it out"
        for patterns, what in ((self.sources, "sources"), (self.refs, "refs")):
            if isinstance(patterns, str):
                yield f"{what}={patterns!r}: write a list of patterns"
        if isinstance(self.properties, Mapping) and PROPERTY in self.properties:
            yield f"the property {PROPERTY!r} says where in the feed a change was: give yours another name"

    def wants(self, summary: Summary) -> bool:
        """
        Tell whether a change of the feed is followed, and has something to add.
        """
        has_something = summary.commit_count or (self.buildPushesWithNoCommits and summary.after is not None)
        return bool(has_something and _fits(summary.source_name, self.sources) and _fits(summary.ref, self.refs))

    @property
    def labels(self) -> Labels:
        """
        What every Buildbot change is labelled with.
        """
        return Labels(project=self.project, codebase=self.codebase, category=self.category, properties=self.properties)


def _fits(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
