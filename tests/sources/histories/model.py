"""What must be told of a repository, worked out with sets: no git, no database."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from msgspec.structs import replace

from headwater.sources.base import moves
from headwater.values import Move


@dataclass(frozen=True)
class Expected:
    """
    A move that must be told, and the commits that it must bring.
    """

    move: Move
    commits: frozenset[str]


@dataclass
class Model:
    """
    A repository, the position of who watches it, and what the watching host has got.
    """

    parents: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Of every commit that was ever made."""
    targets: dict[str, str] = field(default_factory=dict)
    """The commit of every annotated tag that was ever made."""
    refs: dict[str, str] = field(default_factory=dict)
    there: set[str] = field(default_factory=set)
    """The objects that the repository has."""
    here: set[str] = field(default_factory=set)
    """The objects that the watching host has."""
    position: dict[str, str] | None = None

    def history(self, oids: Iterable[str]) -> frozenset[str]:
        """
        Return these commits, or what these tags point to, and all that came before.
        """
        found: set[str] = set()
        rest = [self.targets.get(oid, oid) for oid in oids]
        while rest:
            oid = rest.pop()
            if oid not in found:
                found.add(oid)
                rest += self.parents[oid]
        return frozenset(found)

    def objects(self, oids: Iterable[str]) -> frozenset[str]:
        """
        Return the history of these, and those of them that are tags.
        """
        given = list(oids)
        return self.history(given) | {oid for oid in given if oid in self.targets}

    def prune(self) -> None:
        """
        Forget what no ref leads to.
        """
        self.there = set(self.objects(self.refs.values()))

    def poll(self) -> list[Expected]:
        """
        Return what a poll must tell, and take the refs for known.
        """
        before, self.position = self.position, dict(self.refs)
        if before is None:
            return []
        moved = moves(before, self.refs)
        tips = [move.after for move in moved if move.after is not None]
        self.here |= self.objects(tips)
        olds = [old for move in moved if move.after is not None for old in _seen_before(move, before)]
        self.here |= self.objects(old for old in olds if old in self.there)
        return [self._expected(move, _seen_before(move, before)) for move in moved]

    def _expected(self, move: Move, old: Collection[str]) -> Expected:
        if move.after is None:
            return Expected(move, frozenset())
        left = self.here.intersection(old)
        if old and not left:
            lost = replace(move, forced=move.before is not None, history_lost=True)
            return Expected(lost, frozenset({self.targets.get(move.after, move.after)}))
        brought = self.history([move.after]) - self.history(left)
        if move.before is None:
            return Expected(move, brought)
        dropped = len(self.history([move.before]) - self.history([move.after]))
        forced = dropped > 0 or move.ref.startswith("refs/tags/")
        return Expected(replace(move, forced=forced, dropped=dropped), brought)


def _seen_before(move: Move, position: Mapping[str, str]) -> frozenset[str]:
    return frozenset(position.values()) if move.before is None else frozenset({move.before})
