"""A repository to which a hundred commits are pushed, and sources that have seen what was there before."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from headwater import Settings, Store
from headwater.sources.selection import selection_of
from headwater.values import Fence
from tests.sources.repository import Repository

FEATURE, GONE, MAIN, RELEASE = (f"refs/heads/{name}" for name in ("feature", "gone", "main", "release"))


class Told(Struct, frozen=True):
    """
    A move as the feed is to tell it, once.
    """

    ref: str
    before: str | None
    after: str | None
    commits: tuple[str, ...] = ()
    dropped: int = 0
    forced: bool = False


class Push(Struct, frozen=True):
    """
    What was pushed: where all refs were before, and every move in the order of the feed.
    """

    before: dict[str, str]
    moves: list[Told]

    @property
    def after(self) -> dict[str, str]:
        """
        Where all refs are now.
        """
        moved = self.before | {move.ref: move.after for move in self.moves}
        return {ref: oid for ref, oid in moved.items() if oid is not None}


def pushed(path: Path) -> Push:
    """
    Make a repository with a branch that went on, one that was forced elsewhere, a new one, and one that is gone.
    """
    repository = Repository(path)
    old = _commits(repository, 5)
    dropped, gone = _commits(repository, 3, on=old[-1]), _commits(repository, 2, on=old[1])
    main = _commits(repository, 40, on=old[-1])
    feature, release = _commits(repository, 30, on=old[-1]), _commits(repository, 30, on=old[2])
    moves = [
        Told(FEATURE, dropped[-1], feature[-1], feature, dropped=len(dropped), forced=True),
        Told(GONE, gone[-1], None),
        Told(MAIN, old[-1], main[-1], main),
        Told(RELEASE, None, release[-1], release),
    ]
    for move in moves:
        if move.after is not None:
            repository.git("update-ref", move.ref, move.after)
    return Push({move.ref: move.before for move in moves if move.before is not None}, moves)


def watch(url: str, repository: Path, push: Push, sources: Sequence[str]) -> int:
    """
    Register sources that watch a repository and saw it before the push, claimed by nobody; return how many.
    """
    settings = Settings(kind="git", url=str(repository))
    with Store(url) as store:
        master = store.join("first")
        ids = store.register(sources)
        for id_ in ids.values():
            store.configure(id_, settings)
        for id_, token in store.claim(ids.values(), master).items():
            fence = Fence(source=id_, master=master.id, token=token or 0, name=master.name)
            store.baseline(fence, push.before, selection=selection_of(settings).text)
        store.leave(master)
    return len(ids)


def _commits(repository: Repository, count: int, *, on: str | None = None) -> tuple[str, ...]:
    # The count tells histories on the same commit apart, and the two of thirty are on different ones.
    return tuple(repository.dated([1_700_000_000 + 1_000 * count + place for place in range(count)], on=on))
