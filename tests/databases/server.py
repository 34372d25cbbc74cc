"""What every server can do for a test, whichever database it is: make databases, stop, die and come back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cached_property, partial
from typing import ClassVar, Self
from uuid import uuid4

from headwater import Store


class Server(ABC):
    """
    A place in which databases are made for tests.

    `start` makes one that belongs to the caller: who started it must `stop` it, and may `kill` and `restart` it.
    `at` reaches one that belongs to another process of the same test run: databases can be made there, no more.
    """

    kind: ClassVar[str]
    """Its name in the ids and marks of tests."""
    hint: ClassVar[str]
    """What to do on a machine on which `version` finds nothing."""

    def __init__(self, address: str) -> None:
        self.address = address

    @classmethod
    @abstractmethod
    def version(cls) -> str | None:
        """
        Return what is installed, as ``PostgreSQL 18.6``; None if there is nothing to start.
        """

    @classmethod
    @abstractmethod
    def start(cls, **parameters: str) -> Self:
        """
        Start a server of one's own, with these settings besides the usual ones.
        """

    @classmethod
    def at(cls, address: str) -> Self:
        """
        Return the server that somebody else started and that has this address.
        """
        return cls(address)

    @abstractmethod
    def url_of(self, name: str) -> str:
        """
        Return the URL of the database of this name.
        """

    @abstractmethod
    def create(self, name: str) -> str:
        """
        Make an empty database and return its URL.
        """

    @abstractmethod
    def copy(self, template: str, name: str) -> str:
        """
        Make a database with the tables of another one, to which nobody is connected, and return its URL.
        """

    @abstractmethod
    def drop(self, name: str) -> None:
        """
        Remove a database, whoever is still connected to it.
        """

    def fresh_database(self) -> AbstractContextManager[str]:
        """
        Give the URL of a new empty database, which is dropped afterwards.
        """
        return self._new_database(self.create)

    def ready_database(self) -> AbstractContextManager[str]:
        """
        Give the URL of a new database in which Headwater's tables are and nothing else; it is dropped afterwards.

        It is a copy: to set one up takes longer than most tests.
        """
        return self._new_database(partial(self.copy, self._template))

    @contextmanager
    def _new_database(self, make: Callable[[str], str]) -> Iterator[str]:
        name = _new_name()
        try:
            yield make(name)
        finally:
            self.drop(name)

    @cached_property
    def _template(self) -> str:
        name = _new_name()
        Store(self.create(name)).close()
        return name

    @property
    @abstractmethod
    def running(self) -> bool:
        """
        True until it is stopped or killed.
        """

    @abstractmethod
    def kill(self) -> None:
        """
        End it as a power cut would: at once, without a word to its clients.
        """

    @abstractmethod
    def restart(self) -> None:
        """
        Stop it in good order if it runs, then start it again at the same address with the same databases.
        """

    @abstractmethod
    def stop(self) -> None:
        """
        Stop it in good order and remove everything that it left on the disk.
        """


def _new_name() -> str:
    return f"test_{uuid4().hex[:16]}"
