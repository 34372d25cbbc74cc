"""What happened in a repository, as it is recorded."""

from __future__ import annotations

from msgspec import Struct


class Commit(Struct, frozen=True, kw_only=True):
    """
    One commit as its author and committer wrote it.
    """

    oid: str
    parents: tuple[str, ...]
    author: str
    author_email: str
    authored_at: int
    """Seconds since 1970, as stated by the author: data, never an order."""
    committer: str
    committer_email: str
    committed_at: int
    message: str
    lossy: bool = False
    """True if something in it could not be decoded, and a replacement stands in its place."""


class Move(Struct, frozen=True, kw_only=True):
    """
    One move of one ref that a source saw, not recorded yet.
    """

    ref: str
    before: str | None
    """The object id it pointed to; None if the ref is new."""
    after: str | None
    """The object id it points to; None if the ref is gone."""
    forced: bool = False
    """True if `before` is not an ancestor of `after`."""
    dropped: int = 0
    """How many commits the ref no longer has."""
    left_out: int = 0
    """How many commits are not told, the oldest ones of a new ref."""
    history_lost: bool = False
    """True if nobody has `before` any more, so that only the tip is told."""


class Change(Struct, frozen=True, kw_only=True):
    """
    One recorded move of one ref, with the commits that it brought, oldest first.
    """

    number: int
    """Its place in the feed: 1, 2, 3 … without a gap."""
    source: int
    source_name: str
    ref: str
    before: str | None
    after: str | None
    forced: bool
    recorded_at: int
    """Milliseconds of the database's clock."""
    commit_count: int
    """How many commits are recorded with it."""
    commits: tuple[Commit, ...] = ()
    dropped: int = 0
    left_out: int = 0
    history_lost: bool = False
    backfill: bool = False
    """True if no ref moved: somebody asked for these commits to be told, perhaps again."""
