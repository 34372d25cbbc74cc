"""How far a long poll has come: a bar in one line of a terminal, and a line now and then elsewhere."""

from __future__ import annotations

import re
import shutil
import sys

import click

from headwater.cli.screens import bold, printable
from headwater.clock import Clock, boot_seconds

_PERCENT = re.compile(r"(\d{1,3}) ?%")
_BAR = 24
_EVERY = 5.0
"""Seconds between two lines about one source, where there is no terminal."""

_CLEAR = "\r\x1b[K"


class ProgressLine:
    """
    Says how far polls have come, on standard error.

    Args:
        clock: for the pauses between two lines.
    """

    def __init__(self, clock: Clock = boot_seconds) -> None:
        self._clock = clock
        self._is_terminal = sys.stderr.isatty()
        self._is_painted = False
        self._told: dict[str, float] = {}

    def show(self, name: str, text: str) -> None:
        """
        Say how far the poll of a source has come.
        """
        if self._is_terminal:
            click.echo(f"{_CLEAR}{bar(name, text, columns=shutil.get_terminal_size().columns)}", nl=False, err=True)
            self._is_painted = True
        elif self._clock() - self._told.get(name, -_EVERY) >= _EVERY:
            self._told[name] = self._clock()
            click.echo(f"{bold(name)}: {printable(text)}", err=True)

    def clear(self) -> None:
        """
        Make room for a line that is to stay.
        """
        if self._is_painted:
            click.echo(_CLEAR, nl=False, err=True)
            self._is_painted = False


def bar(name: str, text: str, *, columns: int) -> str:
    """
    Return a bar, if the text has a part of a hundred, in a line that is no longer than the terminal.

    >>> bar("api", "receiving objects: 50 %, 1.20 MiB", columns=80)
    'api: [############            ] receiving objects: 50 %, 1.20 MiB'
    """
    percent = _PERCENT.search(text)
    done = round(min(int(percent[1]), 100) * _BAR / 100) if percent else 0
    drawn = f"[{'#' * done}{' ' * (_BAR - done)}] " if percent else ""
    return printable(f"{name}: {drawn}{text}")[: columns - 1]
