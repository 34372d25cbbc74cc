"""Why a source cannot be looked at."""

from __future__ import annotations

from typing import ClassVar

from headwater.errors.root import HeadwaterError


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
