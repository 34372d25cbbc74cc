"""What a claim, a lease or a master's life was refused or lost for."""

from __future__ import annotations

from headwater.errors.root import HeadwaterError


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
