"""What a holder can ask: its source's position, commits staged, moves recorded; and the feed, which all can read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from headwater.store import baseline as baselines
from headwater.store import changes, feed, followers, rebasing, staging
from headwater.store.arguments import checked_count, checked_id, checked_name, checked_oid, checked_text, possible
from headwater.store.baseline import Baseline
from headwater.store.changes import Recorded
from headwater.store.performer import Verb
from headwater.store.rebasing import Rebase
from headwater.store.requests import Limits, Part, Request, only, ours, slices
from headwater.store.staging import Staged
from headwater.values import Change, Commit, Fence, Move

POSITION = Verb(feed.position, "reads")
CHANGES = Verb(feed.changes, "lists")
BASELINE = Verb(baselines.baseline, "records")
REBASE = Verb(rebasing.rebase, "records")
STAGE = Verb(staging.stage, "records")
SWEEP = Verb(staging.sweep, "records")
RECORD = Verb(changes.record, "records")
FOLLOWED = Verb(followers.number_of, "reads")
FOLLOW = Verb(followers.done, "writes")


def position(limits: Limits, source: int) -> Request[dict[str, str] | None]:
    verb = ours(limits, POSITION)
    return Request(verb, [Part(source)], only) if possible(checked_id(source, "source")) else Request.answered(None)


def baseline(limits: Limits, fence: Fence, refs: Mapping[str, str], selection: str | None = None) -> Request[None]:
    if selection is not None:
        checked_text(selection, "selection")
    cut = slices(sorted((checked_text(ref, "ref"), str(checked_oid(oid))) for ref, oid in refs.items())) or [()]
    parts = [
        Part(
            Baseline(fence, dict(slice_), number == 0, number == len(cut) - 1, selection),
            keys=[fence.source],
            weight=len(slice_) + 1,
        )
        for number, slice_ in enumerate(cut)
    ]
    return Request(ours(limits, BASELINE), parts, _nothing)


def rebase(
    limits: Limits, fence: Fence, *, selection: str, add: Mapping[str, str], drop: Iterable[str]
) -> Request[None]:
    checked_text(selection, "selection")
    added = {checked_text(ref, "ref"): str(checked_oid(oid)) for ref, oid in add.items()}
    dropped = sorted({checked_text(ref, "ref") for ref in drop} - set(added))
    cut = [Rebase(fence, dict(slice_), (), None) for slice_ in slices(sorted(added.items()))]
    cut += [Rebase(fence, {}, tuple(slice_), None) for slice_ in slices(dropped)]
    # The last one alone says that it is done.
    cut = [*cut, Rebase(fence, {}, (), selection)]
    parts = [Part(slice_, keys=[fence.source], weight=len(slice_.add) + len(slice_.drop) + 1) for slice_ in cut]
    return Request(ours(limits, REBASE), parts, _nothing)


def stage(limits: Limits, fence: Fence, move: int, first: int, commits: Sequence[Commit]) -> Request[None]:
    parts = [
        Part(Staged(fence, move, first + start, tuple(slice_)), keys=[fence.source], weight=len(slice_))
        for start, slice_ in _numbered(slices([_checked(commit) for commit in commits]))
    ]
    return Request(ours(limits, STAGE), parts, _nothing)


def sweep(limits: Limits, fence: Fence) -> Request[None]:
    return Request(ours(limits, SWEEP), [Part(fence, keys=[fence.source])], only)


def record(  # noqa: PLR0913 - what a holder has to say of a move
    limits: Limits, fence: Fence, move: int, moved: Move, commit_count: int, *, backfill: bool = False
) -> Request[int]:
    checked_text(moved.ref, "ref")
    if checked_oid(moved.before) == checked_oid(moved.after) and not backfill:
        raise ValueError(f"{moved.ref!r} did not move: before and after are the same")
    if moved.after is None and backfill:
        raise ValueError(f"{moved.ref!r} is gone: there is nothing to tell of it again")
    part = Part(Recorded(fence, move, moved, commit_count, backfill), keys=[fence.source])
    return Request(ours(limits, RECORD), [part], only)


def list_changes(limits: Limits, *, after: int, most: int) -> Request[list[Change]]:
    page = (checked_count(after, "after", least=0), checked_count(most, "most", least=1))
    return Request(ours(limits, CHANGES), [Part(page)], only)


def followed(limits: Limits, follower: str) -> Request[int]:
    return Request(ours(limits, FOLLOWED), [Part(checked_name(follower, at_most=limits.name_bytes))], only)


def done(limits: Limits, follower: str, *, before: int, number: int) -> Request[bool]:
    checked_name(follower, at_most=limits.name_bytes)
    return Request(ours(limits, FOLLOW), [Part(followers.Done(follower, before, number))], only)


def _checked(commit: Commit) -> Commit:
    for oid in (commit.oid, *commit.parents):
        checked_oid(oid)
    for text in (commit.author, commit.author_email, commit.committer, commit.committer_email, commit.message):
        checked_text(text, "commit")
    return commit


def _numbered(cut: Sequence[Sequence[Commit]]) -> list[tuple[int, Sequence[Commit]]]:
    starts = [0]
    for slice_ in cut:
        starts.append(starts[-1] + len(slice_))
    return list(zip(starts, cut, strict=False))


def _nothing(_: list[object]) -> None:
    return None
