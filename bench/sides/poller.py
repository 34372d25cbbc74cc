"""What each side of `bench.polling` can be told to do, and where it does it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class Post:
    """
    Where a side works.
    """

    database: str
    folder: Path
    """What it keeps on its host; another folder is another host."""
    url: str
    """Of the repository."""


class Poller(Protocol):
    """
    A side that polls one repository.
    """

    async def open(self, post: Post) -> None:
        """
        Start all that polls need.
        """

    async def poll(self) -> None:
        """
        Poll once; return when all is recorded.
        """
