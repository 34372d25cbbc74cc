"""What Buildbot is told of a commit: the arguments of its `addChange`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from headwater.store.feedpages import Summary
from headwater.store.places import PROPERTY
from headwater.values import Commit

BRANCHES = "refs/heads/"

_NAME = 255
"""Characters of Buildbot's columns for authors, committers and branches."""

_REPOSITORY = 512
_USER = 128
"""Characters of its column for users."""

_COMMENTS = 65_535
"""Bytes that MySQL keeps of a comment."""

_LATEST = 2**31 - 1
"""Its times are integers of 32 bits."""

_FOUR_BYTES = re.compile("[\U00010000-\U0010ffff]")

Given = Any | Callable[[Mapping[str, Any]], Any]
"""A value, or what makes one of the arguments of `addChange`."""


class Labels(Struct, frozen=True, kw_only=True):
    """
    What the configuration says of every change.
    """

    project: Given = None
    """None: the name of the source."""
    codebase: Given = None
    """None: as Buildbot's ``codebaseGenerator`` says."""
    category: Given = None
    properties: Given = None

    def of(self, change: dict[str, Any]) -> dict[str, Any]:
        """
        Return the arguments with these labels, the project first, so that the others may go by it.
        """
        if self.project is not None:
            change["project"] = _made(self.project, change)
        for name in ("codebase", "category"):
            change[name] = _made(getattr(self, name), change)
        change["properties"] = {**(_made(self.properties, change) or {}), **change["properties"]}
        return change


def change_of(summary: Summary, commit: Commit, marker: str) -> dict[str, Any]:
    """
    Return the arguments with which Buildbot is to add a commit.

    What Buildbot's tables could not hold is cut: a name, a comment, a time. A commit can hold anything.
    """
    author = f"{commit.author} <{commit.author_email}>"[:_NAME]
    return {
        "author": author,
        "committer": f"{commit.committer} <{commit.committer_email}>"[:_NAME],
        "comments": commit.message.encode()[:_COMMENTS].decode(errors="ignore"),
        "revision": commit.oid,
        "when_timestamp": min(max(commit.committed_at, 0), _LATEST),
        "src": summary.kind if len(author) <= _USER else None,
        **_place_of(summary, marker),
    }


def move_of(summary: Summary, marker: str) -> dict[str, Any]:
    """
    Return the arguments with which Buildbot is to add a move that brought no commit.
    """
    return {
        "author": "",
        "committer": None,
        "comments": f"{summary.ref} moved to {summary.after}",
        "revision": summary.after,
        "when_timestamp": summary.recorded_at // 1000,
        "src": None,
        **_place_of(summary, marker),
    }


def narrowed(change: Mapping[str, Any]) -> dict[str, Any]:
    """
    Return the arguments without the characters that need four bytes of UTF-8.

    >>> narrowed({"comments": "done 😀", "files": []})
    {'comments': 'done �', 'files': []}
    """
    return {
        name: _FOUR_BYTES.sub("\ufffd", value) if isinstance(value, str) else value for name, value in change.items()
    }


def too_long(summary: Summary) -> str | None:
    """
    Tell what no Buildbot change can say; None if all can be said.
    """
    if len(branch_of(summary.ref)) > _NAME:
        return f"the name of its branch has more than {_NAME} characters"
    if len(summary.url or "") > _REPOSITORY:
        return f"the URL of its repository has more than {_REPOSITORY} characters"
    return None


def branch_of(ref: str) -> str:
    """
    Return a ref as Buildbot's git sources call it.

    >>> branch_of("refs/heads/release/2"), branch_of("refs/tags/v2")
    ('release/2', 'refs/tags/v2')
    """
    return ref.removeprefix(BRANCHES)


def _place_of(summary: Summary, marker: str) -> dict[str, Any]:
    return {
        "branch": branch_of(summary.ref),
        "repository": summary.url or "",
        "project": summary.source_name,
        "files": [],
        "properties": {PROPERTY: marker},
    }


def _made(given: Given, change: dict[str, Any]) -> Any:  # noqa: ANN401 - whatever the configuration says
    return given(dict(change)) if callable(given) else given
