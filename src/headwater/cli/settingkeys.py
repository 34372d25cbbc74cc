"""The settings of a source as people write them: on a command line, in a file, and back on a screen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import click

from headwater.cli.durations import duration, seconds_of
from headwater.cli.tomlfiles import words

Value: TypeAlias = str | float | bool | tuple[str, ...] | Mapping[str, str] | None
Given: TypeAlias = Mapping[str, Value]
"""What somebody said of a source: some of its settings, by the names that they have in `Settings`."""

_YES, _NO = {"yes", "true", "on", "1"}, {"no", "false", "off", "0"}
_OPTIONS = "options"


class WrongSettingError(click.UsageError):
    """
    A setting is unknown, or cannot have this value.
    """

    def __init__(self, key: str, problem: str) -> None:
        super().__init__(f"{key}: {problem}" if key else problem)
        self.key = key
        self.problem = problem


@dataclass(frozen=True)
class Form:
    """
    How the value of a key is written as a word, in TOML, and shown; the first two raise `ValueError`.
    """

    from_word: Callable[[str], Value]
    from_toml: Callable[[object], Value]
    shown: Callable[[Value], str]


def given_as_words(pairs: Iterable[str]) -> dict[str, Value]:
    """
    Return what ``key=value`` pairs say; ``key=`` is a value too: none.

    >>> given_as_words(["poll=30s", "refs=main,release/*", "tags=yes", "credential=", "options.bucket=x"])
    {'poll': 30.0, 'refs': ('main', 'release/*'), 'tags': True, 'credential': None, 'options': {'bucket': 'x'}}

    Raises:
        WrongSettingError: one of them is none.
    """
    given: dict[str, Value] = {}
    options: dict[str, str] = {}
    for pair in pairs:
        key, equals, word = pair.partition("=")
        if not equals:
            raise WrongSettingError("", f"{pair!r} is no key=value; {_known()}")
        if key.startswith(f"{_OPTIONS}."):
            options[key.removeprefix(f"{_OPTIONS}.")] = word
        elif key in given:
            raise WrongSettingError(key, "is given twice")
        else:
            given[key] = _read(key, _form(key).from_word, word)
    return given | {_OPTIONS: options} if options else given


def given_in_toml(table: Mapping[str, object]) -> dict[str, Value]:
    """
    Return what a table of a TOML file says.

    Raises:
        WrongSettingError: a key is none, or its value is not of its type.
    """
    return {key: _read(key, _form(key).from_toml, value) for key, value in table.items()}


def shown(key: str, value: Value) -> str:
    """
    Return the value of a key as somebody would write it; as a phrase if it is empty.

    >>> shown("poll", 90.0), shown("refs", ("main", "release/*")), shown("tags", False), shown("credential", None)
    ('90s', 'main, release/*', 'no', 'none')
    """
    return FORMS[key].shown(value)


def _form(key: str) -> Form:
    if key not in FORMS:
        meant = key.replace("-", "_")
        hint = f"{meant} is meant" if meant in FORMS else _known()
        raise WrongSettingError(key, f"there is no such setting; {hint}")
    return FORMS[key]


def _known() -> str:
    return f"the settings are {words([*FORMS])}"


def _read(key: str, reader: Callable[..., Value], written: object) -> Value:
    try:
        return reader(written)
    except ValueError as error:
        raise WrongSettingError(key, str(error)) from error


def _list_in(word: str) -> Value:
    return tuple(part.strip() for part in word.split(",")) if word.strip() else ()


def _flag_in(word: str) -> Value:
    if word.lower() not in _YES | _NO:
        raise ValueError(f"{word!r} is neither yes nor no")
    return word.lower() in _YES


def _no_word(_: str) -> Value:
    raise ValueError("write each option by itself, as options.NAME=VALUE")


def _text(value: object) -> Value:
    if not isinstance(value, str):
        raise ValueError(f"a text in quotes is expected, not {value!r}")  # noqa: TRY004 - of a file, not of a caller
    return value


def _optional_text(value: object) -> Value:
    return _text(value) or None


def _seconds(value: object) -> Value:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return seconds_of(f"{value}")
    return seconds_of(str(_text(value)))


def _list(value: object) -> Value:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise ValueError(f'a list of texts is expected, as ["main", "release/*"], not {value!r}')
    return tuple(value)


def _flag(value: object) -> Value:
    if not isinstance(value, bool):
        raise ValueError(f"true or false is expected, not {value!r}")  # noqa: TRY004 - of a file, not of a caller
    return value


def _texts(value: object) -> Value:
    if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
        raise ValueError(f"a table of texts is expected, not {value!r}")
    return dict(value)


def _joined(value: Value) -> str:
    return ", ".join(value) if isinstance(value, tuple) else ""


def _pairs(value: Value) -> str:
    return ", ".join(f"{key}={one}" for key, one in value.items()) if isinstance(value, Mapping) and value else "none"


_NEEDED = Form(str, _text, lambda value: str(value or "none"))
_OPTIONAL = Form(lambda word: word or None, _optional_text, lambda value: str(value or "none"))
_DURATION = Form(seconds_of, _seconds, lambda value: duration(value) if isinstance(value, float) else str(value))
_INCLUDED = Form(_list_in, _list, lambda value: _joined(value) or "all branches")
_EXCLUDED = Form(_list_in, _list, lambda value: _joined(value) or "none")
_FLAG = Form(_flag_in, _flag, lambda value: "yes" if value else "no")

FORMS: Mapping[str, Form] = {
    "url": _NEEDED,
    "kind": _NEEDED,
    "host": _OPTIONAL,
    "poll": _DURATION,
    "refs": _INCLUDED,
    "exclude": _EXCLUDED,
    "tags": _FLAG,
    "first_parent": _FLAG,
    "credential": _OPTIONAL,
    "keep": _DURATION,
    _OPTIONS: Form(_no_word, _texts, _pairs),
}
"""Every setting of a source, in the order in which they are shown."""
