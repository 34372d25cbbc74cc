"""The polls of a change source: what a master runs of it."""

from __future__ import annotations

from typing import Any

from buildbot.util.poll import Poller


def is_polling(source: Any) -> bool:  # noqa: ANN401 - Buildbot has no types
    """
    Tell whether a poll of a source runs, whether or not the source is still active.
    """
    return any(poller._currently_executing for poller in _pollers(source))  # noqa: SLF001 - Buildbot has no other way


def _pollers(source: Any) -> list[Poller]:  # noqa: ANN401
    return [value for value in vars(source).values() if isinstance(value, Poller)]
