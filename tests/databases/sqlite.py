"""SQLite: a folder of files; there is no server, so nothing to kill or restart."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path
from typing import ClassVar, Self

from tests.databases.process import new_folder
from tests.databases.server import Server


class SQLite(Server):
    """
    A folder in which every database is a file.
    """

    kind: ClassVar[str] = "sqlite"
    hint: ClassVar[str] = "SQLite comes with Python"

    @classmethod
    def version(cls) -> str | None:
        """
        Return the version of the library that Python uses.
        """
        return f"SQLite {sqlite3.sqlite_version}"

    @classmethod
    def start(cls, **parameters: str) -> Self:
        """
        Make a folder of one's own; there are no parameters to set.
        """
        if parameters:
            message = f"SQLite has no server to set {', '.join(parameters)} of"
            raise ValueError(message)
        return cls(str(new_folder("headwater-sqlite-")))

    def url_of(self, name: str) -> str:
        """
        Return the URL of the database of this name.
        """
        return f"sqlite:///{self.address}/{name}.db"

    def create(self, name: str) -> str:
        """
        Return the URL of a file that is not there yet: SQLite makes it when something is written.
        """
        return self.url_of(name)

    def copy(self, template: str, name: str) -> str:
        """
        Copy the file; its log is empty once nobody is connected.
        """
        shutil.copyfile(f"{self.address}/{template}.db", f"{self.address}/{name}.db")
        return self.url_of(name)

    def drop(self, name: str) -> None:
        """
        Remove the file, and what SQLite put beside it.
        """
        for file in Path(self.address).glob(f"{name}.db*"):
            file.unlink()

    @property
    def running(self) -> bool:
        """
        True: files do not stop.
        """
        return True

    def kill(self) -> None:
        """
        Do nothing: there is no server.
        """

    def restart(self) -> None:
        """
        Do nothing: there is no server.
        """

    def stop(self) -> None:
        """
        Remove the folder.
        """
        shutil.rmtree(self.address, ignore_errors=True)
