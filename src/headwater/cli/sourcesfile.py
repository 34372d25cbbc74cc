"""The file that ``headwater apply`` makes the registry match."""

from __future__ import annotations

from pathlib import Path

from headwater.cli.settingkeys import FORMS, Value, WrongSettingError, given_in_toml
from headwater.cli.settings import checked_name, new_settings
from headwater.cli.tomlfiles import FileError, dotted, read, refuse_others, table_in
from headwater.values import Settings

_SOURCES, _DEFAULTS = "sources", "defaults"
_OF_ITS_OWN = ("url", "host", "options")
"""What each source says for itself."""


def sources_in(path: Path) -> dict[str, Settings]:
    """
    Return the sources that a file has, by their names; a path in it is looked at from the file's own folder.

    Raises:
        FileError: it does not say what it should.
    """
    table = read(path)
    hint = "; [credentials], [paths] and [limits] belong into the configuration of each host"
    refuse_others(table, [_SOURCES, _DEFAULTS], file=path, hint=hint)
    defaults = _defaults(table.get(_DEFAULTS, {}), path)
    found = {}
    for name, one in table_in(table, _SOURCES, file=path).items():
        try:
            found[checked_name(name)] = new_settings(defaults | given_in_toml(one), folder=path.absolute().parent)
        except WrongSettingError as error:
            raise _error(path, dotted(_SOURCES, name), error) from error
    return found


def _defaults(table: object, path: Path) -> dict[str, Value]:
    if not isinstance(table, dict):
        raise FileError(str(path), _DEFAULTS, "a table is expected")
    refuse_others(table, [key for key in FORMS if key not in _OF_ITS_OWN], file=path, under=_DEFAULTS)
    try:
        return given_in_toml(table)
    except WrongSettingError as error:
        raise _error(path, _DEFAULTS, error) from error


def _error(path: Path, key: str, error: WrongSettingError) -> FileError:
    return FileError(str(path), f"{key}.{error.key}" if error.key else key, error.problem)
