"""Search for an order in which parts of calls could have been carried out one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from tests.model.calls import Expire, FindMaster, GetMaster, Heartbeat, Join, Masters, Raised, SetState, Unset
from tests.model.parts import Told
from tests.model.registry import Registry
from tests.model.rules import step

MOST_TRIES = 20_000

_MAY_CHANGE_IN_SILENCE = (SetState, Unset)
"""What answers alike whether or not it ended a claim: when it happened has to be tried out."""


class Search:
    """
    Looks for an order, depth first, and at each moment once.

    Args:
        told: parts that were in flight together.
        sources: those that they are about.
    """

    def __init__(self, told: Iterable[Told], sources: Iterable[int]) -> None:
        self._told = Counter(told)
        self._sources = tuple(sources)
        self._tried: set[object] = set()

    def run(self, registry: Registry) -> Registry | None:
        """
        Return the registry after all of them, None if there is no order, or if it would take too long to find.
        """
        return self._after(registry, self._told)

    def _after(self, registry: Registry, waiting: Counter[Told]) -> Registry | None:
        waiting = _without_onlookers(registry, waiting)
        if not waiting:
            return registry if all(map(registry.is_as_the_book_ends, self._sources)) else None
        moment = (registry.key, frozenset(waiting.items()))
        if moment in self._tried or len(self._tried) >= MOST_TRIES:
            return None
        self._tried.add(moment)
        for told in _next(waiting):
            after = step(registry, told)
            found = None if after is None else self._after(after, waiting - Counter([told]))
            if found is not None:
                return found
        return None


def _without_onlookers(registry: Registry, waiting: Counter[Told]) -> Counter[Told]:
    """
    Leave those out that changed nothing and were answered as they would be now: now is as good as any other time.
    """
    return Counter(
        {
            told: count
            for told, count in waiting.items()
            if isinstance(told.part, _MAY_CHANGE_IN_SILENCE) or step(registry, told) is not registry
        }
    )


def _next(waiting: Counter[Told]) -> Sequence[Told]:
    """
    Return those that may come next, the likeliest first.
    """
    for told in waiting:
        if _is_due(told, waiting):
            return [told]
    seen = [told for told in waiting if not isinstance(told.part, Join | FindMaster)]
    return sorted(seen, key=lambda told: isinstance(told.part, _MAY_CHANGE_IN_SILENCE))


def _is_due(told: Told, waiting: Counter[Told]) -> bool:
    """
    Tell whether nothing that waits can be right only before this.
    """
    if isinstance(told.part, Heartbeat) and told.answer is True:
        return not any(isinstance(other.part, Expire | GetMaster | Masters) for other in waiting)
    if not isinstance(told.part, Join | FindMaster) or isinstance(told.answer, Raised):
        return False
    id_ = told.answer[0] if isinstance(told.part, Join) else told.answer
    lists = [other.answer for other in waiting if isinstance(other.part, Masters)]
    return all(id_ in {master[0] for master in list_} for list_ in lists)
