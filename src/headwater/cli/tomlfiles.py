"""TOML files, read strictly: what is wrong is one sentence with the file, the key, and what would be right."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TypeVar

import msgspec

from headwater.errors import HeadwaterError

S = TypeVar("S", bound=msgspec.Struct)

_PLACE = re.compile(r"(.*?)(?: - at `\$\.?(.*)`)?", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(.*)`")
_WRONG = re.compile(r"Expected `(.*?)(?: \| null)?`, got `(.*)`")
_WORDS = {
    "array": "a list",
    "bool": "true or false",
    "float": "a number",
    "int": "a whole number",
    "object": "a table",
    "str": "a text in quotes",
}


class FileError(HeadwaterError, ValueError):
    """
    A file does not say what it should.
    """

    def __init__(self, file: str, key: str, problem: str) -> None:
        super().__init__(file, key, problem)
        self.file = file
        self.key = key
        self.problem = problem

    def __str__(self) -> str:
        return ": ".join(part for part in (self.file, self.key, self.problem) if part)


def read(path: Path) -> dict[str, object]:
    """
    Return what a TOML file says.

    Raises:
        FileError: it cannot be read, or is no TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FileError(str(path), "", f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise FileError(str(path), "", "is not in UTF-8, as TOML is") from error
    except tomllib.TOMLDecodeError as error:
        raise FileError(str(path), "", f"is not TOML: {error}") from error


def table_in(table: dict[str, object], key: str, *, file: Path) -> dict[str, dict[str, object]]:
    """
    Return a table of tables, empty if it is not there; as ``[key.name]`` makes it.
    """
    found = table.get(key, {})
    if not isinstance(found, dict):
        raise FileError(str(file), key, f"tables are expected here, written [{key}.NAME]")
    for name, one in found.items():
        if not isinstance(one, dict):
            raise FileError(str(file), dotted(key, name), f"a table is expected here, written [{dotted(key, name)}]")
    return found


def refuse_others(table: dict[str, object], known: list[str], *, file: Path, under: str = "", hint: str = "") -> None:
    """
    Refuse keys of a table that are none.
    """
    for key in table:
        if key not in known:
            raise FileError(str(file), dotted_path(under, key), f"there is no such key; there are {words(known)}{hint}")


def shaped(table: dict[str, object], shape: type[S], *, file: Path, key: str) -> S:
    """
    Return a table of a file as a struct.

    Raises:
        FileError: a key is unknown or missing, or its value is not of its type.
    """
    refuse_others(table, [field.encode_name for field in msgspec.structs.fields(shape)], file=file, under=key)
    try:
        return msgspec.convert(table, shape)
    except msgspec.ValidationError as error:
        raise FileError(str(file), *_problem(str(error), key)) from error


def dotted(*keys: str) -> str:
    """
    Return keys as TOML writes them, one below the other.

    >>> dotted("sources", "ci-a:/srv/api", "poll")
    'sources."ci-a:/srv/api".poll'
    """
    return ".".join(key if re.fullmatch(r"[\w-]+", key, re.ASCII) else f'"{key}"' for key in keys)


def dotted_path(key: str, place: str) -> str:
    """
    Return a place below a key.
    """
    return f"{key}.{place}" if key and place else key or place


def words(items: list[str]) -> str:
    """
    Return several words as a sentence has them.

    >>> words(["url", "poll", "refs"])
    'url, poll and refs'
    """
    return " and ".join(part for part in (", ".join(items[:-1]), *items[-1:]) if part)


def _problem(said: str, key: str) -> tuple[str, str]:
    match = _PLACE.fullmatch(said)
    said, key = (match[1], dotted_path(key, match[2] or "")) if match else (said, key)
    if missing := _MISSING.fullmatch(said):
        return dotted_path(key, missing[1]), "is missing"
    if wrong := _WRONG.fullmatch(said):
        expected, got = (_WORDS.get(word, word) for word in wrong.groups())
        return key, f"{expected} is expected, not {got}"
    return key, said
