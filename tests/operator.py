"""Run a command of headwater to its end, as an operator would, without the cost of a process."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from dataclasses import dataclass
from unittest import mock

from headwater.cli import main


@dataclass(frozen=True)
class Ended:
    """
    How a command ended, and what it said.
    """

    returncode: int
    stdout: str
    stderr: str


def headwater(database: str, *arguments: str, stdin: str = "") -> Ended:
    """
    Run `headwater` on a database; its standard input is no terminal.
    """
    said, complained = io.StringIO(), io.StringIO()
    with (
        mock.patch.dict(os.environ, {"HEADWATER_DATABASE": database}),
        mock.patch.object(sys, "argv", ["headwater", *arguments]),
        mock.patch.object(sys, "stdin", io.StringIO(stdin)),
        contextlib.redirect_stdout(said),
        contextlib.redirect_stderr(complained),
    ):
        try:
            main()
        except SystemExit as ended:
            code = ended.code
        else:
            code = 0
    return Ended(int(code or 0), said.getvalue(), complained.getvalue())
