"""Read the feed in pages, however many commits a change has: the changes without them, and the commits of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from headwater.store.arguments import checked_count
from headwater.store.feed import commits
from headwater.store.performer import Verb
from headwater.store.requests import Limits, Part, Request, only, ours
from headwater.values import Commit

if TYPE_CHECKING:
    from headwater.store.attempt import Attempt
    from headwater.store.session import Session


class Summary(Struct, frozen=True):
    """
    A change without its commits, and where its source is now.
    """

    number: int
    source_name: str
    ref: str
    after: str | None
    recorded_at: int
    commit_count: int
    kind: str | None
    """None, as is `url`, for a source that was removed."""
    url: str | None


class Page(Struct, frozen=True):
    """
    Some changes in the order of their numbers.
    """

    newest: int
    """The number of the last change of the whole feed, 0 if there never was one."""
    summaries: tuple[Summary, ...] = ()


_NEWEST = "SELECT number FROM feed WHERE id = 1"

_SUMMARIES = """
    SELECT c.number, COALESCE(s.name, r.name), c.ref, c.after_oid, c.recorded_at, c.commit_count, w.kind, w.url
    FROM changes c
    LEFT JOIN changesources s ON s.id = c.changesourceid
    LEFT JOIN removed_sources r ON r.id = c.changesourceid
    LEFT JOIN source_settings w ON w.changesourceid = c.changesourceid
    WHERE c.number >= :first ORDER BY c.number LIMIT :most"""


def page(limits: Limits, *, first: int, most: int) -> Request[Page]:
    """
    Return the changes from a number on, at most so many, without their commits.
    """
    wanted = (checked_count(first, "first", least=0), checked_count(most, "most", least=1))
    return Request(ours(limits, _PAGE), [Part(wanted)], only)


def commits_of(limits: Limits, number: int, *, first: int, most: int) -> Request[list[Commit]]:
    """
    Return the commits of one change from an ordinal on, at most so many, oldest first.
    """
    slice_ = (checked_count(first, "first", least=0), checked_count(most, "most", least=1))
    wanted = (checked_count(number, "number", least=0), *slice_)
    return Request(ours(limits, _COMMITS_OF), [Part(wanted)], only)


def _page(session: Session, calls: Sequence[tuple[int, int]], attempt: Attempt) -> list[Page]:
    newest = session.rows(_NEWEST)[0][0]
    return [
        Page(newest, tuple(Summary(*row) for row in session.rows(_SUMMARIES, first=first, most=most)))
        for first, most in calls
    ]


def _commits_of(session: Session, calls: Sequence[tuple[int, int, int]], attempt: Attempt) -> list[list[Commit]]:
    return [
        [commit for _, commit in commits(session, [number], first=first, most=most)] for number, first, most in calls
    ]


_PAGE = Verb(_page, "lists")
_COMMITS_OF = Verb(_commits_of, "lists")
