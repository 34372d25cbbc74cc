"""Attributes of a running master's objects that are replaced, and put back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Hooks:
    """
    What was replaced on objects, never on classes: no other master of the process notices.
    """

    def __init__(self) -> None:
        # By the owner's identity, which stays its own: it is kept here, too.
        self._replaced: dict[tuple[int, str], tuple[Any, bool, Any]] = {}

    def replace(self, owner: Any, name: str, make: Callable[[Any], Any]) -> None:  # noqa: ANN401 - Buildbot has no types
        """
        Replace an attribute by what is made of it; what has been replaced already stays as it is.
        """
        if (id(owner), name) in self._replaced:
            return
        original = getattr(owner, name)
        self._replaced[id(owner), name] = (owner, name in vars(owner), original)
        setattr(owner, name, make(original))

    def undo(self) -> None:
        """
        Put everything back, the last one first.
        """
        while self._replaced:
            (_, name), (owner, was_its_own, original) = self._replaced.popitem()
            if was_its_own:
                setattr(owner, name, original)
            else:
                delattr(owner, name)
