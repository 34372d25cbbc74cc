"""What the database did not do."""

from __future__ import annotations

from headwater.errors.root import HeadwaterError


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
