"""Sources, masters, and who holds what since when."""

from __future__ import annotations

from collections.abc import Mapping

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


class Fence(Struct, frozen=True, kw_only=True):
    """
    The claim under which something is recorded.
    """

    source: int
    master: int
    token: int
    name: str | None = None
    """The master's name, for a database that fails over can give an id and a token out again; None: any."""
