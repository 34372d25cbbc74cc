"""What the processes of a stress run saw, each from its own side, and what follows from all of it together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any


@dataclass(frozen=True)
class Grant:
    """
    The answer to a claim: a source was won, under this token. The times are of the clock that all processes share.
    """

    source: int
    token: int
    asked: float
    answered: float


@dataclass(frozen=True)
class Holding:
    """
    A time in which a master was active and knew that it held a source; nobody else may have held it meanwhile.
    """

    source: int
    master: int
    began: float
    ended: float


@dataclass
class Evidence:
    """
    What one process saw.
    """

    master: int
    grants: list[Grant] = field(default_factory=list)
    holdings: list[Holding] = field(default_factory=list)
    thefts: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    claims: int = 0
    releases: int = 0
    refused: int = 0


def double_grants(evidence: Sequence[Evidence]) -> list[str]:
    """
    Name what was granted twice: a source to two masters at a time, or a token that did not grow.
    """
    found: list[str] = []
    for holdings in _by_source(holding for one in evidence for holding in one.holdings).values():
        found += _overlaps(holdings)
    for grants in _by_source(grant for one in evidence for grant in one.grants).values():
        found += _out_of_order(grants)
    return found


def mismatches(evidence: Sequence[Evidence], history: Iterable[Sequence[Any]], claims: Mapping[int, int]) -> list[str]:
    """
    Name where the history, as rows of token, source, master, open source and why, is not what happened.
    """
    rows = {token: (source, master) for token, source, master, _, _ in history}
    opened = {open_source: master for _, _, master, open_source, _ in history if open_source is not None}
    found = [
        f"the claim of source {source}: of {claims.get(source)}, in history of {opened.get(source)}"
        for source in sorted(claims.keys() | opened.keys())
        if claims.get(source) != opened.get(source)
    ]
    found += [
        f"token {grant.token} of source {grant.source}, told to {one.master}: in history {rows.get(grant.token)}"
        for one in evidence
        for grant in one.grants
        if rows.get(grant.token) != (grant.source, one.master)
    ]
    return found


def _by_source(items: Iterable[Any]) -> dict[int, list[Any]]:
    theirs: dict[int, list[Any]] = defaultdict(list)
    for item in items:
        theirs[item.source].append(item)
    return theirs


def _overlaps(holdings: Iterable[Holding]) -> list[str]:
    found = []
    last: Holding | None = None
    for holding in sorted(holdings, key=lambda one: one.began):
        if last is None:
            last = holding
            continue
        if holding.master != last.master and holding.began < last.ended:
            found.append(f"source {holding.source} was held by {last.master} and {holding.master} at a time")
        last = max(last, holding, key=lambda one: one.ended)
    return found


def _out_of_order(grants: Iterable[Grant]) -> list[str]:
    found = []
    ordered = sorted(grants, key=lambda one: one.token)
    asked = float("-inf")
    for before, grant in pairwise(ordered):
        asked = max(asked, before.asked)
        if grant.token == before.token:
            found.append(f"token {grant.token} of source {grant.source} was told twice")
        if grant.answered < asked:
            found.append(f"token {grant.token} of source {grant.source} was told before a smaller one was asked for")
    return found
