"""What changes when settings change, and how that is said."""

from __future__ import annotations

from msgspec import Struct

from headwater.cli.screens import printable
from headwater.cli.settingkeys import FORMS, Value, shown
from headwater.values import Settings

NAME = "name"


class Difference(Struct, frozen=True, kw_only=True):
    """
    What changes of one setting, or of the name.
    """

    key: str
    before: Value
    after: Value


def differences(before: Settings, after: Settings) -> tuple[Difference, ...]:
    """
    Return the settings that differ, in the order in which they are shown.
    """
    pairs = ((key, getattr(before, key), getattr(after, key)) for key in FORMS)
    return tuple(Difference(key=key, before=old, after=new) for key, old, new in pairs if old != new)


def difference_line(difference: Difference) -> str:
    """
    Return what changes as one line.

    >>> difference_line(Difference(key="poll", before=60.0, after=30.0))
    'poll  1m -> 30s'
    """
    key, values = difference.key, (difference.before, difference.after)
    before, after = (str(value) if key == NAME else shown(key, value) for value in values)
    return f"{key}  {printable(before)} -> {printable(after)}"
