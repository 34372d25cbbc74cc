"""Sources as a master makes them, with what a test wants otherwise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from headwater.sources.credentials import Credentials
from headwater.sources.git import GitSource
from headwater.sources.workplace import Workplace
from headwater.values import Settings


def watch(  # noqa: PLR0913 - each test wants something else
    where: Path | str,
    cache: Path,
    *,
    name: str = "api",
    timeout: float = 60.0,
    credentials: Credentials | None = None,
    roots: Sequence[Path] = (Path("/"),),
    on_progress: Callable[[str], object] = len,
    settings: Settings | None = None,
) -> GitSource:
    """
    Return the source that watches a repository, with settings of its own or the usual ones.
    """
    return GitSource(
        settings or Settings(kind="git", url=str(where)),
        Workplace(
            name=name,
            cache=cache,
            timeout=timeout,
            credentials=credentials or Credentials(),
            roots=tuple(roots),
            on_progress=on_progress,
        ),
    )
