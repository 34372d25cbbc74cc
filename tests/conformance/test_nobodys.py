"""Which sources no master runs, so that somebody prunes what they leave."""

from __future__ import annotations

from headwater import Settings, Store
from headwater.store import watching
from headwater.store.pruning import Nobodys
from headwater.values import INJECT, Fence
from tests.conformance.holding import claim, claimed


def nobodys(store: Store, *, after: int) -> Nobodys:
    """
    Return which of the next two sources no master runs.
    """
    return store.ask(watching.nobodys(store.database.limits, after=after, most=2))


def test_what_no_master_runs(fresh_store: Store, fence: Fence) -> None:
    """
    Sources that are free, paused, without settings or injected into are found page by page; those that run are not.
    """
    paused = claimed(fresh_store)
    fresh_store.pause([paused.source], why="w", by="ada")
    added = fresh_store.edit(add={"free": Settings(kind="git", url="u"), "svn": Settings(kind=INJECT, url="")})
    (named,) = fresh_store.register(["nightly-report"]).values()
    for id_ in (added["svn"], named):
        claim(fresh_store, id_, fresh_store.join("ci"))
    pages = [nobodys(fresh_store, after=0)]
    while pages[-1].last:
        pages.append(nobodys(fresh_store, after=pages[-1].last))

    assert sorted([paused.source, *added.values(), named]) == [id_ for page in pages for id_ in page.ids]
    assert fence.source not in pages[0].ids
    assert 3 == len(pages)
