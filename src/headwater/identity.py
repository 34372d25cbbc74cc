"""Who this process is when it joins as a master: host, version, and a name for this life alone."""

from __future__ import annotations

import secrets
import socket
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


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


@cache
def machine() -> str | None:
    """
    Return where a process id of ours means something: this boot of this machine, and its space of process ids.

    None where the system does not tell; two containers may have the same host name, but not the same of this.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return None


def headwater_version() -> str:
    """
    Return the version of the installed package.
    """
    try:
        return version("headwater")
    except PackageNotFoundError:
        return "unknown"
