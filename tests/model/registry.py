"""The registry as a plain model: dictionaries, and the history that the database tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from tests.model.calls import Seen


@dataclass(frozen=True)
class Entry:
    """
    A claim, as history has it.
    """

    holder: int
    token: int
    why: str | None
    """None while it is open."""


Book = Mapping[int, tuple[Entry, ...]]
"""The history of each source, oldest first."""


@dataclass(frozen=True)
class Line:
    """
    How far the history of a source has come.
    """

    over: int = 0
    """Claims that have ended."""
    token: int = 0
    """Of the newest claim."""
    holder: int | None = None


@dataclass(frozen=True)
class Known:
    """
    A master.
    """

    name: str
    active: bool
    beat: int | None = None
    """None for a master that is no life: Headwater does not count its heartbeats."""
    is_over: bool = False


@dataclass(frozen=True)
class Registry:
    """
    What is true at one moment.

    The book is the history as it was read after the calls that are to be explained, so it runs ahead: it says
    who wins next. A claim can begin or end only as the book has it, and its token has to be a new one.

    Heartbeats run ahead in the same way, but hardly ever: one that lost its answer is asked again, as on a very
    busy machine, and if it had been counted then it is counted twice.
    """

    names: Mapping[str, int] = field(default_factory=dict)
    lines: Mapping[int, Line] = field(default_factory=dict)
    masters: Mapping[int, Known] = field(default_factory=dict)
    book: Book = field(default_factory=dict)
    repeated: Mapping[int, int] = field(default_factory=dict)
    """For each master, how many heartbeats the database has counted beyond those that were asked for."""

    @property
    def key(self) -> object:
        """
        All of it but the book, to be put into a set.
        """
        return frozenset(self.names.items()), frozenset(self.lines.items()), frozenset(self.masters.items())

    @property
    def claims(self) -> dict[int, int]:
        """
        The holder of each source that has one.
        """
        return {source: line.holder for source, line in self.lines.items() if line.holder is not None}

    def is_counted(self, master: int, beat: int | None) -> bool:
        """
        Tell whether a master's heartbeats can be counted so far.
        """
        known = self.masters[master].beat
        if known is None or beat is None:
            return known is beat
        return known <= beat <= known + self.repeated.get(master, 0)

    def holder(self, source: int) -> int | None:
        """
        Return who holds a source; nobody holds one that is not there.
        """
        line = self.lines.get(source)
        return None if line is None else line.holder

    def seen(self, source: int) -> Seen | None:
        """
        Return a source as a reader sees it, or None.
        """
        for name, id_ in self.names.items():
            if id_ == source:
                return (source, name, self.holder(source))
        return None

    def held_by(self, master: int) -> tuple[int, ...]:
        """
        Return the sources that a master holds.
        """
        return tuple(sorted(source for source, holder in self.claims.items() if holder == master))

    def is_left(self, source: int) -> bool:
        """
        Tell whether the holder of a source is inactive.
        """
        holder = self.holder(source)
        return holder is not None and not self.masters[holder].active

    def can_be_claimed(self, source: int) -> bool:
        """
        Tell whether a claim of a source succeeds (R2).
        """
        return self.holder(source) is None or self.is_left(source)

    def registered(self, name: str, source: int) -> Registry:
        """
        Return the registry with one source more.
        """
        return replace(self, names={**self.names, name: source}, lines={**self.lines, source: Line()})

    def with_master(self, id_: int, master: Known) -> Registry:
        """
        Return the registry with a master as it is now.
        """
        return replace(self, masters={**self.masters, id_: master})

    def claimed(self, source: int, master: int) -> Registry | None:
        """
        Return the registry after a claim that could be made, or None if the book has no such claim there.
        """
        registry = self.ended([source], "taken over") if self.is_left(source) else self
        if registry is None:
            return None
        line = registry.lines[source]
        entry = registry._entry(source)
        if entry is None or entry.holder != master or entry.token <= line.token:
            return None
        return registry._with_line(source, replace(line, token=entry.token, holder=master))

    def ended(self, sources: list[int] | tuple[int, ...], why: str) -> Registry | None:
        """
        Return the registry after the end of the claims that these sources have, or None if the book has it otherwise.
        """
        registry = self
        for source in sources:
            entry = registry._entry(source)
            if registry.holder(source) is None:
                continue
            if entry is None or entry.why != why:
                return None
            line = registry.lines[source]
            registry = registry._with_line(source, replace(line, over=line.over + 1, holder=None))
        return registry

    def is_as_the_book_ends(self, source: int) -> bool:
        """
        Tell whether all that the book has of a source has happened.
        """
        line, entries = self.lines[source], self.book.get(source, ())
        open_ = [entry.holder for entry in entries[line.over :] if entry.why is None]
        return len(entries) == line.over + len(open_) and open_ == ([] if line.holder is None else [line.holder])

    def _entry(self, source: int) -> Entry | None:
        entries = self.book.get(source, ())
        over = self.lines[source].over if source in self.lines else 0
        return entries[over] if over < len(entries) else None

    def _with_line(self, source: int, line: Line) -> Registry:
        return replace(self, lines={**self.lines, source: line})
