"""What the commands answer for programs."""

from __future__ import annotations

import json
from typing import Any

from tests.operator import headwater


def asked(database: str, *arguments: str, stdin: str = "") -> Any:  # noqa: ANN401 - JSON is whatever it is
    """
    Return what a command that goes well answers as JSON.
    """
    ended = headwater(database, *arguments, "--format=json", stdin=stdin)
    assert (0, "") == (ended.returncode, ended.stderr)
    return json.loads(ended.stdout)


def states(database: str) -> dict[str, str]:
    """
    Return the state of every source.
    """
    return {source["name"]: source["state"] for source in asked(database, "sources")}


def refused(database: str, *arguments: str, stdin: str = "", code: int = 1) -> str:
    """
    Return the sentence by which a command fails that says nothing else.
    """
    ended = headwater(database, *arguments, stdin=stdin)
    assert (code, "") == (ended.returncode, ended.stdout)
    return ended.stderr.splitlines()[-1]
