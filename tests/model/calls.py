"""What can be asked of a face, as values; and what it answers."""

from __future__ import annotations

from dataclasses import dataclass, field

from headwater import HeadwaterError


@dataclass(frozen=True)
class Raised:
    """
    The answer of a call that failed.
    """

    kind: type[BaseException]
    about: tuple[object, ...] = ()
    """What an error of Headwater's own is built from."""
    error: BaseException | None = field(default=None, compare=False)

    @classmethod
    def of(cls, error: BaseException) -> Raised:
        """
        Return an error as an answer.
        """
        return cls(type(error), error.args if isinstance(error, HeadwaterError) else (), error)


@dataclass(frozen=True)
class Register:
    """
    Answered with the id of each name.
    """

    names: tuple[str, ...]


@dataclass(frozen=True)
class Find:
    """
    Answered with the ids of those names that are registered.
    """

    names: tuple[str, ...]


@dataclass(frozen=True)
class Get:
    """
    Answered with the id, the name and the holder of a source, or None.
    """

    source: int


@dataclass(frozen=True)
class List:
    """
    Answered with sources, each as by `Get`.
    """

    active: bool | None = None
    master: int | None = None


@dataclass(frozen=True)
class Claim:
    """
    The stores' claim, answered with the token of each source that was won.
    """

    sources: tuple[int, ...]
    master: int
    name: str | None = None
    """What the claimant is called; None if it is given by its id alone."""


@dataclass(frozen=True)
class SetMaster:
    """
    The connector's claim, answered with None.
    """

    source: int
    master: int


@dataclass(frozen=True)
class Unset:
    """
    The connector's way to end a claim, answered with None.
    """

    source: int


@dataclass(frozen=True)
class ForceRelease:
    """
    The stores' way to end claims, answered with the holders that they had.
    """

    sources: tuple[int, ...]


@dataclass(frozen=True)
class Release:
    """
    The end of one's own claims, answered with those sources that were still held under these tokens.
    """

    tokens: tuple[tuple[int, int], ...]
    master: int
    name: str | None = None


@dataclass(frozen=True)
class ReleaseLeft:
    """
    The sweep, answered with the sources whose holders were inactive.
    """


@dataclass(frozen=True)
class Configure:
    """
    Settings for a source, so that it has a time since when it can be claimed; answered with None.
    """

    source: int


@dataclass(frozen=True)
class Join:
    """
    Answered with a new life, as by `GetMaster`.
    """

    given_name: str


@dataclass(frozen=True)
class FindMaster:
    """
    Answered with the id of a master.
    """

    name: str


@dataclass(frozen=True)
class SetState:
    """
    Answered with whether that changed anything.
    """

    master: int
    active: bool


@dataclass(frozen=True)
class Heartbeat:
    """
    Answered with whether the life goes on.
    """

    master: int
    name: str


@dataclass(frozen=True)
class Expire:
    """
    Answered with the sources that became free, or None if the life goes on.
    """

    master: int
    name: str
    beat: int


@dataclass(frozen=True)
class Leave:
    """
    Answered with the sources that became free, or None if the life was over.
    """

    master: int
    name: str


@dataclass(frozen=True)
class GetMaster:
    """
    Answered with the id, the name, whether it is active, and from a store the beat of a master; or with None.
    """

    master: int


@dataclass(frozen=True)
class Masters:
    """
    Answered with all masters, each as by `GetMaster`.
    """


Call = (
    Register
    | Find
    | Get
    | List
    | Claim
    | SetMaster
    | Unset
    | ForceRelease
    | Release
    | ReleaseLeft
    | Configure
    | Join
    | FindMaster
    | SetState
    | Heartbeat
    | Expire
    | Leave
    | GetMaster
    | Masters
)
"""What can be asked."""

Seen = tuple[int, str, int | None]
"""A source: its id, its name, its holder."""
