"""Who this process is when it joins as a master: host, version, and a name for this life alone."""

from __future__ import annotations

import secrets
import socket
from importlib.metadata import PackageNotFoundError, version


def name_of_a_life(given_name: str) -> str:
    """
    Return a name that no other life has, however often a master of this given name starts.
    """
    return f"{given_name}#{secrets.token_hex(6)}"


def host() -> str:
    """
    Return the name of this host.
    """
    return socket.gethostname()


def headwater_version() -> str:
    """
    Return the version of the installed package.
    """
    try:
        return version("headwater")
    except PackageNotFoundError:
        return "unknown"
