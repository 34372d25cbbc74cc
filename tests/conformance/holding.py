"""Claims to record under, what is recorded under them, and their ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from headwater import Commit, Master, Move, Settings, Store
from headwater.values import Fence
from tests.conformance.faces import new_name
from tests.conformance.rows import mark

MAIN = "refs/heads/main"

FIRST = Move(ref=MAIN, before="a", after="b")
"""The first move of a source whose main was at `a` at first sight."""

End = Callable[[Store, Fence, str], None]
"""Ends a claim, given the URL too."""


def claimed(store: Store, master: Master | None = None) -> Fence:
    """
    Register a source and claim it.
    """
    name = new_name()
    (source,) = store.register([name]).values()
    store.configure(source, Settings(kind="git", url=f"https://example.com/{name}"))
    return claim(store, source, master or store.join("ci"))


def claim(store: Store, source: int, master: Master) -> Fence:
    """
    Claim a source and return what everything is recorded under.
    """
    token = store.claim([source], master)[source]
    assert token is not None
    return Fence(source=source, master=master.id, token=token, name=master.name)


def record(store: Store, fence: Fence, move: int, moved: Move, commits: Sequence[Commit] = ()) -> int:
    """
    Stage the commits of a move, then record it.
    """
    store.stage(fence, move, 0, commits)
    return store.record(fence, move, moved, len(commits))


def forced(store: Store, fence: Fence, _url: str) -> None:
    """
    End the claim as an operator does.
    """
    store.force_release([fence.source])


def expired(store: Store, fence: Fence, _url: str) -> None:
    """
    End the claim with its master.
    """
    master = store.master(fence.master)
    assert master is not None
    store.expire(master, beat=1)


def taken_over(store: Store, fence: Fence, url: str) -> None:
    """
    End the claim by another master's, after this one became inactive.
    """
    mark(url, fence.master, active=False)
    claim(store, fence.source, store.join("other"))


def claimed_again(store: Store, fence: Fence, _url: str) -> None:
    """
    End the claim and make another one for the same master.
    """
    master = store.master(fence.master)
    assert master is not None
    store.release({fence.source: fence.token}, master)
    claim(store, fence.source, master)


ENDS: list[End] = [forced, expired, taken_over, claimed_again]
