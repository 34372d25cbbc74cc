"""``headwater inject``: record a change that somebody else knows of, for all that Headwater cannot look at."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import TextIO

import click
import msgspec
from msgspec import UNSET, Struct, UnsetType

from headwater.blocking import Store
from headwater.cli.formats import format_option
from headwater.cli.settings import checked_name
from headwater.clock import wall_milliseconds
from headwater.cluster.claim import Claim
from headwater.cluster.joining import join
from headwater.errors import DatabaseError, HeadwaterError, NameTakenError, NotWatchedError
from headwater.identity import host
from headwater.values import INJECT, Commit, Move, Settings

_PATIENCE = 30.0
"""Seconds to wait for another that records for the same source."""

_SLICE = 500


class NotInjectedError(HeadwaterError, ValueError):
    """
    What was given cannot be recorded.
    """

    def __init__(self, which: int, problem: str) -> None:
        super().__init__(which, problem)
        self.which = which
        self.problem = problem

    def __str__(self) -> str:
        before = "" if self.which == 1 else "; those before it are recorded"
        return f"change {self.which} of the input: {self.problem}{before}"


class NotForInjectingError(HeadwaterError):
    """
    Changes of this source come from elsewhere, or from nowhere for now.
    """

    def __init__(self, name: str, why: str) -> None:
        super().__init__(name, why)
        self.name = name
        self.why = why

    def __str__(self) -> str:
        return f"nothing can be injected into {self.name}: {self.why}"


class GivenCommit(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    One commit, or whatever it is called where it comes from.
    """

    oid: str
    parents: tuple[str, ...] = ()
    author: str
    author_email: str = ""
    authored_at: int | None = None
    """Seconds since 1970; now if it is not known."""
    committer: str | None = None
    """The author if it is nobody else."""
    committer_email: str | None = None
    committed_at: int | None = None
    message: str


class GivenChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    One change, as it is given.
    """

    ref: str
    before: str | UnsetType | None = UNSET
    """Where the ref was; if it is not said, where it was after the last change."""
    after: str | None
    """Where the ref is; null if it is gone."""
    commits: tuple[GivenCommit, ...] = ()
    """Oldest first."""
    forced: bool = False


@click.command()
@click.argument("name", metavar="NAME")
@format_option
@click.pass_obj
def inject(database: str, name: str, format_: str) -> None:
    """
    Record changes that are given as JSON on standard input, one object or one a line; print their numbers.

    A source of the kind "inject" is registered under a new name.
    """
    changes = given_changes(sys.stdin)
    first = next(changes, None)
    if first is None:
        raise NotInjectedError(1, "there is none")
    with Store(database) as store:
        id_ = _source(store, checked_name(name))
        with join(database, f"{INJECT}@{host()}") as master, master.claim(name, timeout=_PATIENCE) as claim:
            store.sweep(claim.fence)
            for which, given in enumerate(chain([first], changes), start=1):
                number = _recorded(store, id_, claim, given, which)
                click.echo(number if format_ == "table" else msgspec.json.encode({"number": number}).decode())
        _prune(store, id_)


def _prune(store: Store, id_: int) -> None:
    # All is recorded by now. What is too old and could not be deleted is deleted the next time, or by a master.
    with contextlib.suppress(DatabaseError):
        while store.prune([id_]):
            pass


def given_changes(lines: TextIO) -> Iterator[GivenChange]:
    """
    Yield the changes of an input as they come: one a line, or one object on many lines.

    Raises:
        NotInjectedError: one of them is none.
    """
    which = 0
    for line in lines:
        if not line.strip():
            continue
        which += 1
        is_whole = which > 1 or _is_whole(line)
        yield _change(line if is_whole else line + lines.read(), which)


def _is_whole(line: str) -> bool:
    try:
        msgspec.json.decode(line)
    except msgspec.DecodeError:
        return False
    return True


def _change(text: str, which: int) -> GivenChange:
    try:
        return msgspec.json.decode(text, type=GivenChange)
    except msgspec.DecodeError as error:
        raise NotInjectedError(which, f"{error}") from error


def _source(store: Store, name: str) -> int:
    """
    Return the id of the source, after making it if there is none.
    """
    try:
        return store.edit(add={name: Settings(kind=INJECT, url="")})[name]
    except NameTakenError as error:
        id_ = error.changesourceid
    brief = store.brief(id_)
    if brief is None:
        raise NotWatchedError(id_)
    if brief.settings.kind != INJECT:
        raise NotForInjectingError(
            name, f"it is of kind {brief.settings.kind}, and whoever runs it records its changes"
        )
    if pause := store.pauses().get(id_):
        raise NotForInjectingError(name, f"it is paused by {pause.by}: {pause.why}")
    return id_


def _recorded(store: Store, id_: int, claim: Claim, given: GivenChange, which: int) -> int:
    position = store.position(id_)
    if position is None:
        store.baseline(claim.fence, {})
    move = _move(given, position or {}, which)
    commits = [_commit(commit) for commit in given.commits]
    number = next(claim.tries)
    try:
        for first in range(0, len(commits), _SLICE):
            store.stage(claim.fence, number, first, commits[first : first + _SLICE])
        claim.check()
        return store.record(claim.fence, number, move, len(commits))
    except ValueError as error:
        raise NotInjectedError(which, str(error)) from error


def _move(given: GivenChange, position: Mapping[str, str], which: int) -> Move:
    is_at = position.get(given.ref)
    if given.before is not UNSET and given.before != is_at:
        raise NotInjectedError(which, f"{given.ref!r} is at {is_at}, and not at {given.before}: nothing was recorded")
    return Move(ref=given.ref, before=is_at, after=given.after, forced=given.forced)


def _commit(given: GivenCommit) -> Commit:
    now = wall_milliseconds() // 1000
    authored_at = now if given.authored_at is None else given.authored_at
    return Commit(
        oid=given.oid,
        parents=given.parents,
        author=given.author,
        author_email=given.author_email,
        authored_at=authored_at,
        committer=given.author if given.committer is None else given.committer,
        committer_email=given.author_email if given.committer_email is None else given.committer_email,
        committed_at=authored_at if given.committed_at is None else given.committed_at,
        message=given.message,
    )
