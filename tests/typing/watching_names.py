"""Every public name about what sources watch, as the type checker has to see it; it is checked, never run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, assert_type

from headwater import (
    AccessDeniedError,
    AsyncStore,
    Brief,
    ChangeSourcePausedError,
    CheckUndoneError,
    Condition,
    CredentialError,
    Edited,
    EditedMeanwhileError,
    Fence,
    ForeignOwnerError,
    HeadwaterError,
    Move,
    NameTakenError,
    NotAllowedError,
    Pause,
    Report,
    RepositoryNotFoundError,
    Settings,
    SourceError,
    Store,
    UnreachableError,
)

SETTINGS = Settings(kind="git", url="/srv/api", poll=30, refs=("main",), options={"depth": "3"})


def edited(store: Store) -> None:
    """
    Edit, pause and check sources.
    """
    assert_type(store.edit(add={"api": SETTINGS}, change={1: ("web", SETTINGS)}, remove=[2]), dict[str, int])
    assert_type(store.pause([1], why="too loud", by="ada", seconds=3600), list[int])
    assert_type(store.resume([1]), list[int])
    assert_type(store.pauses(), dict[int, Pause])
    assert_type(store.ask_check([1], from_="v1"), dict[int, int])
    assert_type(store.edited(-1), Edited)
    assert_type(store.edited(7).ids, tuple[int, ...])


def held(store: Store, fence: Fence, move: Move) -> None:
    """
    Do what a holder does.
    """
    assert_type(store.brief(1), Brief | None)
    store.baseline(fence, {"refs/heads/main": "a"}, "refs/heads/*")
    store.rebase(fence, selection="refs/tags/*", add={"refs/tags/v1": "a"}, drop=["refs/heads/main"])
    assert_type(store.record(fence, 1, move, 0, backfill=True), int)
    store.report([Report(source=1, token=2, state="ok")])
    assert_type(store.condition(1), Condition | None)
    assert_type(store.conditions(), dict[int, Condition])
    assert_type(store.prune([1], most=100), int)
    assert_type(store.oldest(), int)


async def awaited(store: AsyncStore, fence: Fence) -> None:
    """
    Ask an asynchronous store for the same.
    """
    assert_type(await store.edit(add={"api": SETTINGS}, change={1: ("web", SETTINGS)}, remove=[2]), dict[str, int])
    assert_type(await store.pause([1], why="too loud", by="ada"), list[int])
    assert_type(await store.resume([1]), list[int])
    assert_type(await store.pauses(), dict[int, Pause])
    assert_type(await store.ask_check([1]), dict[int, int])
    assert_type(await store.edited(0), Edited)
    assert_type(await store.brief(1), Brief | None)
    await store.rebase(fence, selection="refs/tags/*", add={}, drop=[])
    await store.report([])
    assert_type(await store.condition(1), Condition | None)
    assert_type(await store.conditions(), dict[int, Condition])
    assert_type(await store.prune([1]), int)
    assert_type(await store.oldest(), int)


def values(brief: Brief, condition: Condition, pause: Pause, report: Report) -> None:
    """
    Read values.
    """
    assert_type(brief.refs, Mapping[str, str] | None)
    assert_type(condition.state, Literal["ok", "checking", "failing", "broken"])
    assert_type(pause.until, int | None)
    assert_type(report.next_in, int | None)


def errors() -> list[HeadwaterError]:
    """
    Make every error from its data.
    """
    assert_type(ChangeSourcePausedError(7).changesourceid, int)
    assert_type(CheckUndoneError(7, "v1").from_, str)
    assert_type(EditedMeanwhileError(7, "api").changesourceid, int)
    taken: ValueError = NameTakenError("api", 7)
    sources: list[SourceError] = [
        kind("api", "no such host")
        for kind in (
            AccessDeniedError,
            CredentialError,
            ForeignOwnerError,
            NotAllowedError,
            RepositoryNotFoundError,
            UnreachableError,
        )
    ]
    assert isinstance(taken, HeadwaterError)
    return [taken, *sources]
