"""Cut a call and its answer into parts, each about one source: only those have to agree on an order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from tests.model.calls import Call, Claim, Find, ForceRelease, List, Raised, Register, Release, ReleaseLeft
from tests.model.registry import Registry


@dataclass(frozen=True)
class Listed:
    """
    What a list says of one source: how it was seen, or None.
    """

    source: int
    active: bool | None
    master: int | None


@dataclass(frozen=True)
class Swept:
    """
    What a sweep says of one source: whether it ended its claim.
    """

    source: int


Part = Call | Listed | Swept


class Told(NamedTuple):
    """
    A part, and what the answer says of it.
    """

    part: Part
    answer: Any


def parts(call: Call, answer: Any, registry: Registry) -> list[Told]:  # noqa: ANN401 - as each face has it
    """
    Return the parts of a call; an error is about all of it.
    """
    cut = _CUTS.get(type(call))
    if cut is None or isinstance(answer, Raised):
        return [Told(call, answer)]
    return list(cut(call, answer, registry))


def _named(call: Register | Find, answer: Mapping[str, int], _: Registry) -> Iterable[Told]:
    _check_asked(answer, call.names)
    return [Told(type(call)((name,)), answer.get(name)) for name in dict.fromkeys(call.names)]


def _claimed(call: Claim, answer: Mapping[int, int], _: Registry) -> Iterable[Told]:
    _check_asked(answer, call.sources)
    return [
        Told(Claim((source,), call.master, call.name), answer.get(source)) for source in dict.fromkeys(call.sources)
    ]


def _forced(call: ForceRelease, answer: Mapping[int, int], _: Registry) -> Iterable[Told]:
    _check_asked(answer, call.sources)
    return [Told(ForceRelease((source,)), answer.get(source)) for source in dict.fromkeys(call.sources)]


def _released(call: Release, answer: list[int], _: Registry) -> Iterable[Told]:
    _check_asked(answer, dict(call.tokens))
    return [Told(Release((held,), call.master, call.name), held[0] in answer) for held in call.tokens]


def _listed(call: List, answer: list[tuple[int, ...]], registry: Registry) -> Iterable[Told]:
    seen = {source[0]: source for source in answer}
    _check_asked([source[0] for source in answer], registry.lines)
    return [Told(Listed(source, call.active, call.master), seen.get(source)) for source in registry.lines]


def _swept(_: ReleaseLeft, answer: list[int], registry: Registry) -> Iterable[Told]:
    _check_asked(answer, registry.lines)
    return [Told(Swept(source), source in answer) for source in registry.lines]


def _check_asked(answered: Iterable[object], asked: Iterable[object]) -> None:
    answered = list(answered)
    assert len(set(answered)) == len(answered), f"told twice: {answered}"
    assert set(answered) <= set(asked), f"told of {answered}, asked for {list(asked)}"


_CUTS: Mapping[type, Callable[[Any, Any, Registry], Iterable[Told]]] = {
    Register: _named,
    Find: _named,
    Claim: _claimed,
    ForceRelease: _forced,
    Release: _released,
    List: _listed,
    ReleaseLeft: _swept,
}
