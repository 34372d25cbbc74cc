"""Every error that Headwater raises: one root, one class per cause, built from data, readable alone."""

from __future__ import annotations

from typing import ClassVar


class HeadwaterError(Exception):
    """
    The root of Headwater's own errors.
    """


class ChangeSourceAlreadyClaimedError(HeadwaterError):
    """
    The change source is claimed by a master that is active.
    """

    def __init__(self, changesourceid: int, masterid: int) -> None:
        super().__init__(changesourceid, masterid)
        self.changesourceid = changesourceid
        self.masterid = masterid

    def __str__(self) -> str:
        return f"change source {self.changesourceid} is already claimed by active master {self.masterid}"


class ChangeSourcePausedError(HeadwaterError):
    """
    The change source is paused: no master is to claim it.
    """

    def __init__(self, changesourceid: int) -> None:
        super().__init__(changesourceid)
        self.changesourceid = changesourceid

    def __str__(self) -> str:
        return f"change source {self.changesourceid} is paused: `headwater resume` lets it be claimed again"


class UnknownChangeSourceError(HeadwaterError, LookupError):
    """
    No change source has this id or this name.
    """

    def __init__(self, changesource: int | str) -> None:
        super().__init__(changesource)
        self.changesource = changesource

    def __str__(self) -> str:
        return f"there is no change source {self.changesource!r}"


class UnknownMasterError(HeadwaterError, LookupError):
    """
    No master has this id, or the master with this id has another name.
    """

    def __init__(self, masterid: int) -> None:
        super().__init__(masterid)
        self.masterid = masterid

    def __str__(self) -> str:
        return f"there is no master {self.masterid!r}"


class MasterInactiveError(HeadwaterError):
    """
    The master has left or was expired; only a new life may claim.
    """

    def __init__(self, masterid: int) -> None:
        super().__init__(masterid)
        self.masterid = masterid

    def __str__(self) -> str:
        return f"master {self.masterid} is inactive: it has left or was expired, and must join anew to claim"


class LifeOverError(HeadwaterError, ValueError):
    """
    A Headwater master that went inactive was to be made active again.

    A master is one life; every start is a new one (docs/explanation/claiming.md, R7).
    """

    def __init__(self, masterid: int) -> None:
        super().__init__(masterid)
        self.masterid = masterid

    def __str__(self) -> str:
        return f"master {self.masterid} is one life, and that is over: it cannot be set active again"


class TimingError(HeadwaterError, ValueError):
    """
    The times of a cluster do not go together.
    """

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem

    def __str__(self) -> str:
        return self.problem


class ClaimLostError(HeadwaterError):
    """
    What was to be done under a claim came after the claim had ended, or while the master may not act.
    """

    def __init__(self, changesourceid: int, masterid: int, token: int, why: str = "nothing was recorded") -> None:
        super().__init__(changesourceid, masterid, token, why)
        self.changesourceid = changesourceid
        self.masterid = masterid
        self.token = token
        self.why = why

    def __str__(self) -> str:
        return (
            f"master {self.masterid} no longer holds change source {self.changesourceid} "
            f"under token {self.token}: {self.why}"
        )


class ClaimTimeoutError(HeadwaterError, TimeoutError):
    """
    What somebody waited for did not become free in time.
    """

    def __init__(self, name: str, seconds: float, holder: str | None = None) -> None:
        super().__init__(name, seconds, holder)
        self.name = name
        self.seconds = seconds
        self.holder = holder

    def __str__(self) -> str:
        held = "" if self.holder is None else f": {self.holder} holds it"
        return f"{self.name!r} could not be claimed within {self.seconds:g} s{held}"


class NotWatchedError(HeadwaterError, LookupError):
    """
    The change source has a name only: there are no settings beside which its position could stand.
    """

    def __init__(self, changesourceid: int) -> None:
        super().__init__(changesourceid)
        self.changesourceid = changesourceid

    def __str__(self) -> str:
        return f"change source {self.changesourceid} has no settings, and so no position: `configure` it first"


class PositionMovedError(HeadwaterError):
    """
    The position of a source was not where its holder had last seen it.
    """

    def __init__(self, changesourceid: int, ref: str) -> None:
        super().__init__(changesourceid, ref)
        self.changesourceid = changesourceid
        self.ref = ref

    def __str__(self) -> str:
        return f"the position of {self.ref!r} of change source {self.changesourceid} has moved: nothing was recorded"


class NameCollisionError(HeadwaterError, ValueError):
    """
    Another name with the same SHA-1 is registered already.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return f"the name {self.name[:80]!r} has the same SHA-1 as another registered name"


class NameTakenError(HeadwaterError, ValueError):
    """
    A source was to get a name that another one has.
    """

    def __init__(self, name: str, changesourceid: int) -> None:
        super().__init__(name, changesourceid)
        self.name = name
        self.changesourceid = changesourceid

    def __str__(self) -> str:
        return f"the name {self.name!r} is that of change source {self.changesourceid}: choose another, or rename that"


class EditedMeanwhileError(HeadwaterError):
    """
    A source that was to be edited is no longer what it was when somebody decided on it.
    """

    def __init__(self, changesourceid: int, name: str) -> None:
        super().__init__(changesourceid, name)
        self.changesourceid = changesourceid
        self.name = name

    def __str__(self) -> str:
        return f"somebody has edited change source {self.changesourceid}, {self.name!r}, meanwhile"


class CheckUndoneError(HeadwaterError):
    """
    A source was to be told again from a commit on while it still is to be told again from another one on.
    """

    def __init__(self, changesourceid: int, from_: str) -> None:
        super().__init__(changesourceid, from_)
        self.changesourceid = changesourceid
        self.from_ = from_

    def __str__(self) -> str:
        return (
            f"change source {self.changesourceid} is still to be told again from {self.from_!r} on: "
            "ask for another check once that is done"
        )


class DatabaseError(HeadwaterError):
    """
    The database did not do what was asked.
    """

    def __init__(self, database: str, problem: str) -> None:
        super().__init__(database, problem)
        self.database = database
        self.problem = problem

    def __str__(self) -> str:
        return f"{self.database}: {self.problem}"


class DatabaseUnavailableError(DatabaseError):
    """
    The database cannot be reached, does not answer in time, or went away too often.
    """


class DatabaseBusyError(DatabaseError):
    """
    A lock in the database was held by somebody else for too long.
    """


class DatabaseUrlError(DatabaseError, ValueError):
    """
    The database URL is malformed or names a database that Headwater does not know.
    """


class MissingDriverError(DatabaseError, ImportError):
    """
    The Python package that talks to this database is not installed.
    """


class SchemaError(DatabaseError):
    """
    The tables in the database are not the ones that this version works with.
    """


class WrongKindError(DatabaseError):
    """
    The call needs a database of Headwater's own, and this one is Buildbot's.
    """


class OutcomeUnknownError(DatabaseError):
    """
    The connection was lost while the database may have been committing: it may be done, or not.
    """


class StoreClosedError(HeadwaterError):
    """
    The store was closed, or not opened yet.
    """

    def __str__(self) -> str:
        return "the store is not open"


class SourceError(HeadwaterError):
    """
    A change source could not be looked at.
    """

    needs_human: ClassVar[bool] = False
    """Whether trying again will not help until somebody has changed something."""
    is_hosts: ClassVar[bool] = False
    """Whether all sources on the same host probably fare alike."""

    def __init__(self, source: str, problem: str) -> None:
        super().__init__(source, problem)
        self.source = source
        self.problem = problem

    def __str__(self) -> str:
        return f"{self.source}: {self.problem}"


class UnreachableError(SourceError):
    """
    The host of a repository does not answer, or not in time.
    """

    is_hosts = True


class AccessDeniedError(SourceError):
    """
    The host of a repository does not let us in, or is not the one that we know.
    """

    needs_human = True


class RepositoryNotFoundError(SourceError):
    """
    There is no repository where one should be, or the host does not tell us of it.
    """

    needs_human = True


class NotAllowedError(SourceError):
    """
    The URL, path, ref or option of a source is one that Headwater refuses.
    """

    needs_human = True


class CredentialError(SourceError):
    """
    The credential of a source is unknown to this master, not for this host, or its secret cannot be had.
    """

    needs_human = True


class ForeignOwnerError(SourceError):
    """
    A local repository belongs to another user, and git does not trust it.
    """

    needs_human = True
