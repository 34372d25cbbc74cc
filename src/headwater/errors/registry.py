"""What was wrong with a name, an edit or a recorded position."""

from __future__ import annotations

from headwater.errors.root import HeadwaterError


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
