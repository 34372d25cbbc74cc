"""Which message of a server is its answer to a commit of something that was written."""

from __future__ import annotations

import re
from typing import Protocol

_WRITES = {b"INSERT", b"UPDATE", b"DELETE"}


class Commits(Protocol):
    """
    Follows one connection, message by message.

    Only what had written something counts: drivers also commit what they set when they connect, and who loses that
    has no connection at all, which is another fault.
    """

    def asked(self, data: bytes) -> bool:
        """
        Take what the client sent; never an answer.
        """

    def answered(self, data: bytes) -> bool:
        """
        Take what the server sent; tell whether it is the answer to a commit.
        """


class PostgreSQLCommits:
    """
    Reads the answers: psycopg prepares a COMMIT that it has sent a few times, and its word travels no more.
    """

    # CommandComplete: a C, the length, what was done.
    _DONE = re.compile(rb"C\0\0\0.(INSERT|UPDATE|DELETE|COMMIT|ROLLBACK|BEGIN)\b", re.DOTALL)

    def __init__(self) -> None:
        self._has_written = False

    def asked(self, _data: bytes) -> bool:
        """
        Take what the client sent.
        """
        return False

    def answered(self, data: bytes) -> bool:
        """
        Tell whether it says that a commit was done.
        """
        is_answer = False
        for what in self._DONE.findall(data):
            is_answer |= what == b"COMMIT" and self._has_written
            self._has_written = what in _WRITES
        return is_answer


class MariaDBCommits:
    """
    Reads the questions, which travel as text; the words AUTOCOMMIT and READ COMMITTED are in some that commit nothing.
    """

    # A packet: three bytes of its length, its number, 3 for a statement.
    _STATEMENT = re.compile(rb"...\0\x03\s*(INSERT|UPDATE|DELETE|COMMIT|ROLLBACK|BEGIN)\b", re.DOTALL)

    def __init__(self) -> None:
        self._has_written = False
        self._is_awaited = False

    def asked(self, data: bytes) -> bool:
        """
        Take what the client sent: one statement, or a part of it.
        """
        if said := self._STATEMENT.match(data):
            self._is_awaited = said[1] == b"COMMIT" and self._has_written
            self._has_written = said[1] in _WRITES
        return False

    def answered(self, _data: bytes) -> bool:
        """
        Tell whether a commit was asked for, and nothing was answered since.
        """
        was_awaited, self._is_awaited = self._is_awaited, False
        return was_awaited


def watcher(backend: str) -> Commits:
    """
    Return what follows a connection to such a database.
    """
    return PostgreSQLCommits() if backend == "postgresql" else MariaDBCommits()
