"""What is watched, how, by whose wish, and how that goes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

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
