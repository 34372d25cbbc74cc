"""The values that Headwater's verbs answer with: frozen, comparable, ready for JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct


class Source(Struct, frozen=True, kw_only=True):
    """
    A change source: a named thing that tells when code changed.
    """

    id: int
    name: str
    holder: int | None = None
    """The id of the master that its claim names; None if nobody claimed it."""


class Master(Struct, frozen=True, kw_only=True):
    """
    One life of one process that runs sources.
    """

    id: int
    name: str
    active: bool
    last_active: int
    """Seconds of the database's clock; refreshed about once a minute."""
    given_name: str | None = None
    host: str | None = None
    pid: int | None = None
    version: str | None = None
    beat: int | None = None
    """How many heartbeats were counted; None for a master that never joined by Headwater."""
    silent_ms: int | None = None
    """Milliseconds of the database's clock since the last heartbeat."""
    machine: str | None = None
    """Where `pid` means something, as in `Peer`; None if unknown."""


class Standing(Struct, frozen=True, kw_only=True):
    """
    How the claim of a source stands, for people who look.
    """

    id: int
    name: str
    holder: int | None = None
    holder_name: str | None = None
    holder_is_active: bool = False
    since: int | None = None
    """Milliseconds of the database's clock; None on Buildbot's database, which keeps no history."""
    until: int | None = None
    """When the newest claim that is over ended; None if there is none."""
    why: str | None = None
    """Why that one ended, as in `PastClaim`."""


class PastClaim(Struct, frozen=True, kw_only=True):
    """
    One claim of a source, past or present, as the history has it.
    """

    token: int
    master: int
    master_name: str
    since: int
    """Milliseconds of the database's clock."""
    until: int | None = None
    """Milliseconds of the database's clock; None while the claim is open."""
    why: str | None = None
    """Why it ended: released, handed over, expired, taken over, forced, or unknown."""


class Pulse(Struct, frozen=True, kw_only=True):
    """
    What a database says of itself when it is asked whether it is there.
    """

    version: str
    now: int
    """Milliseconds of the database's clock."""


class Share(Struct, frozen=True, kw_only=True):
    """
    What a master says of the sources of one group, with its heartbeat.
    """

    held: int = 0
    want: int = 0
    """How many more it asks for while none is free."""


class Peer(Struct, frozen=True, kw_only=True):
    """
    A master whose life goes on, as the others see it.
    """

    id: int
    name: str
    given_name: str
    beat: int
    shares: Mapping[str, Share] = {}
    """By the groups of sources that it can run; empty for one that takes no part in sharing."""
    claims_version: int = 0
    """Grows whenever claims of it are ended, by whomever."""
    is_draining: bool = False
    host: str | None = None
    pid: int | None = None
    machine: str | None = None
    """Where `pid` means something: this boot of this machine, and its space of process ids; None if unknown."""


INJECT = "inject"
"""The kind of sources that nobody looks at: whoever knows of a change gives it to ``headwater inject``."""


class Settings(Struct, frozen=True, kw_only=True):
    """
    What a source watches, how often, and what is made of it.
    """

    kind: str
    """Who can run it: ``git``, or the name under which a package gives a kind of its own."""
    url: str
    host: str | None = None
    """The one host that can see it, if it is a local path."""
    poll: float = 60.0
    """Seconds between two polls."""
    refs: tuple[str, ...] = ()
    """Patterns of the refs that are watched, as in a shell; empty: all branches."""
    exclude: tuple[str, ...] = ()
    """Patterns of those that are not, though they are among `refs`."""
    tags: bool = False
    """Whether tags are watched as well."""
    first_parent: bool = False
    """Whether only the first parents of merges are followed."""
    credential: str | None = None
    """The name of a credential, which each master looks up in its own configuration."""
    keep: float = 90 * 86_400.0
    """Seconds for which its changes and the history of its claims are kept."""
    options: Mapping[str, str] = {}
    """What a kind of one's own wants to know."""

    @property
    def group(self) -> str:
        """
        The sources that can be run by just the same masters as this one.
        """
        return self.kind if self.host is None else f"{self.kind}@{self.host}"

    def __hash__(self) -> int:
        # The options, as a mapping, have none.
        return hash((self.kind, self.url, self.host))


class Watched(Struct, frozen=True, kw_only=True):
    """
    A source with settings, and how its claim stands.
    """

    id: int
    name: str
    settings: Settings
    holder: int | None = None
    free_ms: int | None = None
    """Milliseconds of the database's clock for which nobody has held it, when claimable sources were asked for."""


class Edited(Struct, frozen=True, kw_only=True):
    """
    Which sources were edited since somebody looked.
    """

    number: int
    """Of the newest of these edits: what to ask after next time."""
    ids: tuple[int, ...] = ()


class Fence(Struct, frozen=True, kw_only=True):
    """
    The claim under which something is recorded.
    """

    source: int
    master: int
    token: int
    name: str | None = None
    """The master's name, for a database that fails over can give an id and a token out again; None: any."""


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


State = Literal["ok", "checking", "failing", "broken", "stale", "paused", "unclaimed"]
"""How a source fares; failing is tried again by itself, broken needs a human."""


class Condition(Struct, frozen=True, kw_only=True):
    """
    How the polls of a source go, as its holder says; times in milliseconds of the database's clock.
    """

    state: Literal["ok", "checking", "failing", "broken"]
    reason: str = ""
    """One sentence on what is wrong, or on what is being done."""
    since: int
    """Since when it is in this state."""
    attempts: int = 0
    """Polls in a row that failed."""
    checked_at: int | None = None
    succeeded_at: int | None = None
    next_at: int | None = None
    checks_done: int = 0
    """The newest of the checks that somebody asked for that has been made."""


class Report(Struct, frozen=True, kw_only=True):
    """
    What a holder says of its source, with times as milliseconds before or after now.
    """

    source: int
    token: int
    state: Literal["ok", "checking", "failing", "broken"]
    reason: str = ""
    since_ago: int = 0
    attempts: int = 0
    checked_ago: int | None = None
    succeeded_ago: int | None = None
    next_in: int | None = None
    checks_done: int = 0


class Pause(Struct, frozen=True, kw_only=True):
    """
    Who keeps a source from being run, why, and until when; in milliseconds of the database's clock.
    """

    since: int
    until: int | None = None
    why: str
    by: str


class Brief(Struct, frozen=True, kw_only=True):
    """
    What a poll has to know before it begins.
    """

    name: str
    settings: Settings
    refs: Mapping[str, str] | None = None
    """The position; None before the first sight."""
    selection: str | None = None
    """Which refs the position speaks of, as the poll that made it put it."""
    checks_wanted: int = 0
    """How many checks were asked for so far."""
    check_from: str | None = None
    """The commit from which on one of them is to tell everything, perhaps again."""
    check_from_number: int = 0
    """Which of them."""
