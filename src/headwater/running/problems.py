"""Why a poll failed, in one sentence, and whose affair that is."""

from __future__ import annotations

from msgspec import Struct

from headwater.errors import (
    DatabaseBusyError,
    DatabaseUnavailableError,
    HeadwaterError,
    OutcomeUnknownError,
    SourceError,
)

_LONGEST = 1_000
"""Characters of a sentence."""

_DATABASE = (DatabaseBusyError, DatabaseUnavailableError, OutcomeUnknownError)


class Problem(Struct, frozen=True):
    """
    Why a poll failed.
    """

    text: str
    needs_human: bool = False
    """Whether trying again will not help until somebody has changed something."""
    is_hosts: bool = False
    """Whether all sources on the same host probably fare alike."""
    is_databases: bool = False
    """Whether our own database was away, for which no source is to blame."""


def sentence(said: str) -> str:
    r"""
    Make one line of what a source says, which may be anything: as every database and every screen can take it.

    >>> sentence("fatal:  no\n\tsuch\0 file ")
    'fatal: no such file'
    """
    line = " ".join(said.replace("\0", "").split())
    return line.encode(errors="replace").decode()[:_LONGEST]


def problem_of(error: Exception) -> Problem:
    """
    Tell what an exception of a poll says of its source.

    >>> problem_of(ZeroDivisionError("division by zero")).text
    'ZeroDivisionError: division by zero'
    """
    if isinstance(error, SourceError):
        return Problem(error.problem, needs_human=error.needs_human, is_hosts=error.is_hosts)
    if isinstance(error, HeadwaterError):
        return Problem(str(error), is_databases=isinstance(error, _DATABASE))
    return Problem(f"{type(error).__name__}: {error}")
