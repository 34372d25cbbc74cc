"""MariaDB: the installed server without its configuration, and with defaults that nobody should rely on."""

from __future__ import annotations

import contextlib
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import ClassVar

import pymysql

from tests.databases.network import NetworkServer
from tests.databases.process import private_folder, run_as_user

USER = "headwater"
PASSWORD = "secret"

UNTRUSTED_DEFAULTS = {"character-set-server": "latin1", "default-storage-engine": "MyISAM"}
"""What an installation may well say: Headwater has to name what it needs itself."""

SYSTEM_FOLDERS = "/usr/sbin:/usr/libexec"
"""Where the server is installed and PATH seldom leads."""


class MariaDB(NetworkServer):
    """
    A MariaDB server with its usual durability, with one user who may do everything.
    """

    kind: ClassVar[str] = "mariadb"
    hint: ClassVar[str] = "MariaDB is not installed: apt-get install mariadb-server"
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM

    @classmethod
    def version(cls) -> str | None:
        """
        Return the version of the installed server.
        """
        program = _find("mariadbd")
        if program is None or _find("mariadb-install-db") is None:
            return None
        said = subprocess.run([program, "--no-defaults", "--version"], capture_output=True, text=True, check=True)
        return f"MariaDB {said.stdout.partition('Ver ')[2].partition('-')[0]}"

    def url_of(self, name: str) -> str:
        """
        Return the URL of the database of this name.

        The server knows no TLS. Without the option, PyMySQL reads the system's certificates for each connection all
        the same, which takes longer than most tests.
        """
        return f"mysql+pymysql://{USER}:{PASSWORD}@{self.address}/{name}?ssl_disabled=1"

    def create(self, name: str) -> str:
        """
        Make an empty database with the server's defaults and return its URL.
        """
        with self._connect() as connection, connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE `{name}`")
        return self.url_of(name)

    def copy(self, template: str, name: str) -> str:
        """
        Make a database with the same tables, and their rows, and return its URL.
        """
        url = self.create(name)
        with self._connect(name) as connection, connection.cursor() as cursor:
            cursor.execute("SET foreign_key_checks = 0")
            for table, statement in self._tables(template).items():
                cursor.execute(statement)
                cursor.execute(f"INSERT INTO `{table}` SELECT * FROM `{template}`.`{table}`")
        return url

    @cache  # noqa: B019 - as long as the server
    def _tables(self, name: str) -> dict[str, str]:
        with self._connect(name) as connection, connection.cursor() as cursor:
            cursor.execute("SHOW TABLES")
            tables = [table for (table,) in cursor.fetchall()]
            statements = {}
            for table in tables:
                cursor.execute(f"SHOW CREATE TABLE `{table}`")
                statements[table] = cursor.fetchone()[1]
        return statements

    def drop(self, name: str) -> None:
        """
        Remove a database, whoever is still connected to it.
        """
        with self._connect() as connection, connection.cursor() as cursor:
            # An open transaction of a client that nobody closed would keep the database from being dropped.
            cursor.execute("SELECT id FROM information_schema.processlist WHERE db = %s", (name,))
            for (client,) in cursor.fetchall():
                with contextlib.suppress(pymysql.MySQLError):  # it has gone by itself
                    cursor.execute("KILL CONNECTION %s", (client,))
            cursor.execute(f"DROP DATABASE IF EXISTS `{name}`")

    def _connect(self, name: str | None = None) -> pymysql.Connection:
        return pymysql.connect(
            host="127.0.0.1",
            port=self.port,
            user=USER,
            password=PASSWORD,
            database=name,
            autocommit=True,
            connect_timeout=10,
            ssl_disabled=True,
        )

    def _is_ready(self) -> bool:
        try:
            self._connect().close()
        except pymysql.MySQLError:
            return False
        return True

    def _prepare(self, folder: Path, parameters: Mapping[str, str]) -> Sequence[str]:
        data = private_folder(folder / "data")
        run_as_user(_install_db(data), folder)
        settings = {
            "datadir": str(data),
            "init-file": str(_accounts(folder)),
            "tmpdir": str(private_folder(folder / "tmp")),
            "socket": str(data / "socket"),
            "pid-file": str(data / "pid"),
            "bind-address": "127.0.0.1",
            "port": str(self.port),
            "skip-name-resolve": "1",
            "max-connections": "200",
            **UNTRUSTED_DEFAULTS,
            **parameters,
        }
        return [_program("mariadbd"), "--no-defaults", *(f"--{name}={value}" for name, value in settings.items())]


def _find(name: str) -> str | None:
    return shutil.which(name) or shutil.which(name, path=SYSTEM_FOLDERS)


def _program(name: str) -> str:
    program = _find(name)
    if program is None:
        raise RuntimeError(MariaDB.hint)
    return program


def _install_db(data: Path) -> Sequence[str]:
    return [
        _program("mariadb-install-db"),
        "--no-defaults",
        f"--datadir={data}",
        "--auth-root-authentication-method=normal",
        "--skip-test-db",
        "--skip-name-resolve",
    ]


def _accounts(folder: Path) -> Path:
    # Those that are made unasked would go before ours: one of them has no name and matches everybody.
    script = folder / "accounts.sql"
    script.write_text(
        "DELETE FROM mysql.global_priv;\n"
        "FLUSH PRIVILEGES;\n"
        f"CREATE USER '{USER}'@'%' IDENTIFIED BY '{PASSWORD}';\n"
        f"GRANT ALL ON *.* TO '{USER}'@'%' WITH GRANT OPTION;\n"
    )
    return script
