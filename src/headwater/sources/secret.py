"""Where secrets are kept, and how one is had: from the environment, a file or a command."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Collection
from pathlib import Path

from headwater.sources import disk
from headwater.sources.child import inherited, running

REFERENCE = re.compile(r"(env|file|cmd):(.+)", re.DOTALL)
"""How a configuration says where a secret is."""

_UNFIT = re.compile(r"[\0\r\n]")
_LONGEST = 4_096
"""Bytes: it must fit into a pipe that nobody reads yet."""
_PATIENCE = 10.0
"""Seconds for which a file or a command is waited for."""


async def resolve(reference: str, *, hidden: Collection[str] = ()) -> str:
    """
    Return the secret that a reference stands for.

    Args:
        reference: ``env:NAME``, ``file:/a/path`` or ``cmd:command``.
        hidden: the environment variables that a command does not get.

    Raises:
        LookupError: it cannot be had; the text is a sentence without anything secret.
    """
    found = REFERENCE.fullmatch(reference)
    assert found is not None  # noqa: S101 - a credential with another reference was never made
    kind, where = found.groups()
    if kind == "env":
        raw = _of_environment(where)
    elif kind == "file":
        raw = await _of_file(where)
    else:
        raw = await _of_command(where, hidden)
    return _checked(raw)


def _of_environment(name: str) -> bytes:
    value = os.environ.get(name)
    if value is None:
        raise LookupError(f"the environment variable {name} is not set")
    return os.fsencode(value)


async def _of_file(where: str) -> bytes:
    try:
        return await disk.answer(lambda: _read(where), patience=_PATIENCE)
    except TimeoutError as error:  # on a disk of a host that is away
        raise LookupError(f"{where} cannot be read within {_PATIENCE:g} s") from error
    except OSError as error:
        raise LookupError(f"{where} cannot be read: {error.strerror}") from error


def _read(where: str) -> bytes:
    with Path(where).expanduser().open("rb") as file:
        return file.read(_LONGEST + 2)


async def _of_command(command: str, hidden: Collection[str]) -> bytes:
    try:
        environment = inherited(os.environ, hidden)
        async with running(shlex.split(command), env=environment, patience=_PATIENCE, limit=_PATIENCE) as child:
            output = b"".join([piece async for piece in child.output()])
            code = await child.ended()
    except TimeoutError as error:
        raise LookupError(f"its command {error} and was killed") from error
    except (OSError, ValueError) as error:  # not to be found, or quotes that are not closed
        raise LookupError(f"its command could not be started: {error}") from error
    if code:
        raise LookupError(f"its command failed with code {code}")
    return output


def _checked(raw: bytes) -> str:
    line = raw.removesuffix(b"\n").removesuffix(b"\r")
    if not line:
        raise LookupError("it is empty")
    if len(line) > _LONGEST:
        raise LookupError(f"it is longer than {_LONGEST:,} bytes")
    secret = line.decode(errors="replace")  # an exception would carry the bytes
    if "\N{REPLACEMENT CHARACTER}" in secret:
        raise LookupError("it is not text in UTF-8")
    if _UNFIT.search(secret):
        raise LookupError("it is more than one line")
    return secret
