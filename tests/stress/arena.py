"""Start programs of this package: as processes of their own, on the code that is installed or on another."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.mutants import preferring

REPOSITORY = Path(__file__).parents[2]

_SECONDS_BESIDES = 60
"""What a run may take in addition to the time that it was given."""


def command(module: str, *arguments: str) -> list[str]:
    """
    Return the command that runs a module of this package.
    """
    return [sys.executable, "-m", f"tests.stress.{module}", *arguments]


def contest(url: str, *options: str, seconds: float, sources: Path | None = None) -> Mapping[str, Any]:
    """
    Run the harness on an empty database and return its verdict.

    Args:
        url: of the database.
        options: of the harness, besides.
        seconds: for which it shall run.
        sources: a folder with the package to be tried, instead of the one that is installed.
    """
    done = subprocess.run(
        command("harness", url, "--seconds", str(seconds), *options),
        cwd=REPOSITORY,
        env=preferring(sources),
        capture_output=True,
        text=True,
        timeout=seconds + _SECONDS_BESIDES,
        check=False,
    )
    print(done.stdout, done.stderr)  # noqa: T201 - pytest shows it with a failure, the seed among it
    verdict: Mapping[str, Any] = json.loads(done.stdout)
    return verdict
