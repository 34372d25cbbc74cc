"""What a master lends to a source that it runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from headwater.sources.credentials import Credentials


def _nobody(_text: str) -> None:
    """
    Take note of nothing.
    """


@dataclass(frozen=True, kw_only=True)
class Workplace:
    """
    All that a source may need besides its settings.
    """

    name: str
    """How the source is called, in errors too."""
    cache: Path
    """A folder for things that may be thrown away at any time; several sources have it in common."""
    timeout: float = 60.0
    """Seconds without a sign of life after which something that was started is ended."""
    credentials: Credentials = field(default_factory=Credentials)
    roots: tuple[Path, ...] = (Path("/"),)
    """The folders below which local paths may be read."""
    on_progress: Callable[[str], object] = _nobody
    """Is told, in one short text, how far something has come that takes long."""
