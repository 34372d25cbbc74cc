"""Which refs a source watches: patterns as in a shell, decided without looking at the repository."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Self

from msgspec import Struct

from headwater.values import Settings

BRANCHES = "refs/heads/"
TAGS = "refs/tags/"

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Selection(Struct, frozen=True):
    """
    The refs whose names fit a pattern of `include`, and none of `exclude`.

    A ``*`` stands for any text, slashes too.

    >>> selection = Selection(("refs/heads/*",), ("refs/heads/wip/*",))
    >>> selection.has("refs/heads/feature/login"), selection.has("refs/heads/wip/login")
    (True, False)
    """

    include: tuple[str, ...]
    exclude: tuple[str, ...] = ()

    def has(self, ref: str) -> bool:
        """
        Tell whether a ref is watched.
        """
        return _fits(ref, self.include) and not _fits(ref, self.exclude)

    def lies_in(self, *folders: str) -> bool:
        """
        Tell whether all that can be watched has a name that begins with one of these.
        """
        return all(pattern.startswith(folders) for pattern in self.include)

    def reaches(self, folder: str) -> bool:
        """
        Tell whether something can be watched whose name begins with this.
        """
        return any(pattern.startswith(folder) for pattern in self.include)

    @property
    def text(self) -> str:
        """
        Itself as a text, the same for every way of writing it down; `parse` reads it.
        """
        return "\n".join([*(f"+{pattern}" for pattern in self.include), *(f"-{pattern}" for pattern in self.exclude)])

    @classmethod
    def parse(cls, text: str) -> Self:
        """
        Read what `text` has written.
        """
        lines = text.split("\n") if text else []
        return cls(
            tuple(line[1:] for line in lines if line.startswith("+")),
            tuple(line[1:] for line in lines if line.startswith("-")),
        )


def selection_of(settings: Settings) -> Selection:
    """
    Return which refs a source with these settings watches.

    For git, what does not begin with ``refs/`` is a pattern of branches. Other kinds call their refs as they like.

    >>> print(selection_of(Settings(kind="git", url="/srv/api.git", refs=("release/*",), tags=True)).text)
    +refs/heads/release/*
    +refs/tags/*
    """
    is_git = settings.kind == "git"
    full = _full if is_git else _as_it_is
    include = [full(pattern) for pattern in settings.refs] or [f"{BRANCHES}*" if is_git else "*"]
    if settings.tags:
        include.append(f"{TAGS}*")
    return Selection(_sorted(include), _sorted(full(pattern) for pattern in settings.exclude))


def refusal(settings: Settings) -> str | None:
    """
    Tell which pattern is never used, and why; None if all may be.

    >>> refusal(Settings(kind="git", url="/srv/api.git", refs=("--exec=id",)))
    "the pattern '--exec=id' begins with '-', as an option does: no ref has such a name"
    """
    for pattern in (*settings.refs, *settings.exclude):
        if not pattern:
            return "a pattern of refs is empty: leave it out, or write '*' for every branch"
        if pattern.startswith("-"):
            return f"the pattern {pattern!r} begins with '-', as an option does: no ref has such a name"
        if _CONTROL.search(pattern):
            return f"the pattern {pattern!r} contains a control character: no ref has such a name"
    return None


def _fits(ref: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(ref, pattern) for pattern in patterns)


def _full(pattern: str) -> str:
    return pattern if pattern.startswith("refs/") else BRANCHES + pattern


def _as_it_is(pattern: str) -> str:
    return pattern


def _sorted(patterns: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(patterns)))
