"""What this host is set up with: credentials, the folders that may be read, and how much may go on at a time."""

from __future__ import annotations

from pathlib import Path

import click
from msgspec import Struct

from headwater.cli.tomlfiles import FileError, dotted, read, refuse_others, shaped, table_in
from headwater.running.gates import Limits
from headwater.sources.credentials import Credential, Credentials

_CREDENTIALS, _PATHS, _LIMITS = "credentials", "paths", "limits"


class _Paths(Struct, frozen=True):
    roots: tuple[str, ...]


class Configuration(Struct, frozen=True, kw_only=True):
    """
    The configuration of one host.
    """

    credentials: Credentials
    names: tuple[str, ...] = ()
    """Of the credentials."""
    roots: tuple[Path, ...] = (Path("/"),)
    limits: Limits = Limits()


def configuration_in(path: Path | None) -> Configuration:
    """
    Return what a file says, or what is so without one.

    Raises:
        FileError: it does not say what it should.
    """
    if path is None:
        return Configuration(credentials=Credentials())
    table = read(path)
    hint = "; [sources] belong into a file for `headwater apply`"
    refuse_others(table, [_CREDENTIALS, _PATHS, _LIMITS], file=path, hint=hint)
    return Configuration(
        credentials=_credentials(table, path),
        names=tuple(table_in(table, _CREDENTIALS, file=path)),
        roots=_roots(table[_PATHS], path) if _PATHS in table else (Path("/"),),
        limits=shaped(_table(table, _LIMITS, path), Limits, file=path, key=_LIMITS),
    )


def _credentials(table: dict[str, object], path: Path) -> Credentials:
    found = table_in(table, _CREDENTIALS, file=path).items()
    return Credentials(
        {name: shaped(one, Credential, file=path, key=dotted(_CREDENTIALS, name)) for name, one in found}
    )


def _roots(table: object, path: Path) -> tuple[Path, ...]:
    roots = shaped(_table({_PATHS: table}, _PATHS, path), _Paths, file=path, key=_PATHS).roots
    for number, root in enumerate(roots):
        if not root.startswith("/"):
            raise FileError(str(path), f"{_PATHS}.roots[{number}]", f"{root!r} is no absolute path")
    return tuple(Path(root) for root in roots)


def _table(table: dict[str, object], key: str, path: Path) -> dict[str, object]:
    found = table.get(key, {})
    if not isinstance(found, dict):
        raise FileError(str(path), key, f"a table is expected here, written [{key}]")
    return found


config_option = click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="HEADWATER_CONFIG",
    show_envvar=True,
    metavar="FILE",
    help="The configuration of this host: credentials, folders, limits.",
)
