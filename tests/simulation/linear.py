"""Whether what callers were told about the claims of one source could have happened one call after the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from headwater.errors import ChangeSourceAlreadyClaimedError, HeadwaterError
from tests.simulation.evidence import Operation

State = tuple[int, int] | None
"""The holder of a source and its token; None while nobody holds it."""


class Step(NamedTuple):
    """
    One operation, as far as it is about one source.
    """

    kind: str
    master: int | None
    token: int | None
    called: float
    answered: float
    """Infinity if nobody knows whether it happened."""
    won: bool | None
    """Whether it claimed or ended the claim; None if it may have."""


def problems(operations: Iterable[Operation], sources: Iterable[int], tokens: dict[int, tuple[int, int]]) -> list[str]:
    """
    Return the sources of which no order of the operations explains what was answered.

    Args:
        operations: what was called, and what was answered.
        sources: that there are.
        tokens: the source and the master of each token that was ever given out.
    """
    operations = list(operations)
    return [
        f"no order of its {len(steps)} operations explains what was told of source {source}"
        for source in sources
        if not is_linearizable(steps := [*steps_of(operations, source, tokens)])
    ]


def steps_of(operations: Iterable[Operation], source: int, tokens: dict[int, tuple[int, int]]) -> Iterator[Step]:
    """
    Return what the operations were for one source; those that said that nothing happened are left out.
    """
    operations = [one for one in operations if not isinstance(one.answer, HeadwaterError)]
    told = {one.answer.get(source) for one in operations if one.kind == "claim" and one.answered is not None}
    untold = {token: master for token, (of, master) in tokens.items() if of == source and token not in told}
    for one in operations:
        span = (one.called, float("inf") if one.answered is None else one.answered)
        if one.kind == "claim" and source in one.arguments.ids:
            yield from _claims(one, source, span, untold)
        elif one.kind == "release" and source in one.arguments.tokens:
            # What had been ended by a call whose answer was lost is not told by the call after it.
            won = _has_ended(one, source) or None
            yield Step("release", one.arguments.master, one.arguments.tokens[source], *span, won)
        elif one.kind in {"expire", "leave"}:
            yield Step("end", one.arguments.id, None, *span, _has_ended(one, source) or None)
        elif one.kind == "force" and source in one.arguments[0]:
            yield Step("force", None, None, *span, _has_ended(one, source))


def _has_ended(one: Operation, source: int) -> bool | None:
    """
    Return whether a call ended the claim of a source; None if it may have, for an answer to it was lost.
    """
    if one.answered is None:
        return None
    is_told = source in (one.answer or ())
    return None if is_told and one.again else is_told


def _claims(one: Operation, source: int, span: tuple[float, float], untold: dict[int, int]) -> Iterator[Step]:
    master = one.arguments.claimant.id
    if one.answered is not None and not isinstance(one.answer[source], HeadwaterError):
        yield Step("claim", master, one.answer[source], *span, won=True)
        return
    # It may have won what nobody was told of: its own answer was lost, and then the claim ended.
    theirs = [token for token, holder in untold.items() if holder == master]
    yield from (Step("claim", master, token, *span, won=None) for token in theirs)
    # Only this error says that somebody held it; others are about the claimant, or say that the source is paused.
    if one.answered is not None and not theirs and isinstance(one.answer[source], ChangeSourceAlreadyClaimedError):
        yield Step("claim", master, None, *span, won=False)


def is_linearizable(steps: list[Step]) -> bool:
    """
    Search for an order of the steps that respects their times and explains every answer (Wing and Gong, with memory).
    """
    everything = frozenset(number for number, step in enumerate(steps) if step.answered < float("inf"))
    seen: set[tuple[frozenset[int], State]] = set()
    stack: list[tuple[frozenset[int], State]] = [(frozenset(), None)]
    while stack:
        done, state = stack.pop()
        if everything <= done:
            return True
        if (done, state) in seen:
            continue
        seen.add((done, state))
        left = [number for number in range(len(steps)) if number not in done]
        first_end = min(steps[number].answered for number in left)
        for number in left:
            # Whatever was answered before this one was called comes first.
            if steps[number].called <= first_end:
                stack += [(done | {number}, after) for after in outcomes(steps[number], state)]
    return False


def outcomes(step: Step, state: State) -> list[State]:
    """
    Return the states after a step, if its answer fits the state before it.
    """
    match step.kind:
        case "claim":
            does = state is None
            after: State = (step.master or 0, step.token or 0)
        case "release":
            does, after = state == (step.master, step.token), None
        case "end":
            does, after = state is not None and state[0] == step.master, None
        case _:
            does, after = state is not None, None
    if step.won is None:
        return [state, after] if does else [state]
    if step.won != does:
        return []
    return [after if does else state]
