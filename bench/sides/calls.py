"""One call for one source, by the methods that Buildbot's connector and Headwater's have in common."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from bench.cases import US
from bench.flight import Call, IsRight, WrongAnswerError, fly
from bench.ground import Ground, name_of, names
from bench.orders import Turn


class ChangeSources(Protocol):
    """
    What a master has as ``master.db.changesources``.
    """

    def findChangeSourceId(self, name: str) -> Deferred[int]:  # noqa: N802 - Buildbot's names
        """
        Return the id of a name; a new name gets one.
        """

    def setChangeSourceMaster(self, changesourceid: int, masterid: int | None) -> Deferred[None]:  # noqa: N802
        """
        Claim a source, or end its claim.
        """

    def getChangeSource(self, changesourceid: int) -> Deferred[Any]:  # noqa: N802
        """
        Return a source.
        """

    def getChangeSources(self) -> Deferred[list[Any]]:  # noqa: N802
        """
        Return all sources.
        """


@dataclass(frozen=True)
class _Plan:
    items: Iterable[Any]
    call: Call
    is_right: IsRight


class Calls:
    """
    The cases that a connector can be told to do.

    Args:
        connector: whose methods are called.
        refusal: what it raises for a source that another master holds.
        ground: brings its database into the state that a case begins with.
    """

    def __init__(self, connector: ChangeSources, refusal: type[Exception], ground: Ground) -> None:
        self._connector = connector
        self._refusal = refusal
        self._ground = ground
        self._plans: dict[str, Callable[[Turn, list[int]], _Plan]] = {
            "find new": self._find_new,
            "find existing": self._find_existing,
            "claim": self._claim,
            "contested claim": self._contested_claim,
            "release": self._release,
            "get one": self._get_one,
            "cold start": self._cold_start,
        }

    async def take(self, turn: Turn) -> float:
        """
        Take a turn, and return the seconds on the clock.
        """
        ids = self._ground.arrange(turn.sources, turn.holder)
        if turn.case == "list":
            return await self._list(turn)
        plan = self._plans[turn.case](turn, ids)
        return await fly(plan.call, plan.items, in_flight=turn.in_flight, is_right=plan.is_right)

    def _find_new(self, turn: Turn, _: list[int]) -> _Plan:
        return _Plan(names(turn.count, group=f"new-{turn.number}"), self._connector.findChangeSourceId, _is_id)

    def _find_existing(self, turn: Turn, _: list[int]) -> _Plan:
        there = [name_of(number) for number in _some(range(turn.sources), turn)]
        return _Plan(there, self._connector.findChangeSourceId, _is_id)

    def _claim(self, turn: Turn, ids: list[int]) -> _Plan:
        return _Plan(_some(ids, turn), self._claim_one, _is_none)

    def _contested_claim(self, turn: Turn, ids: list[int]) -> _Plan:
        return _Plan(_some(ids, turn), self._claim_one, self._is_refused)

    def _release(self, turn: Turn, ids: list[int]) -> _Plan:
        return _Plan(_some(ids, turn), lambda id_: self._connector.setChangeSourceMaster(id_, None), _is_none)

    def _get_one(self, turn: Turn, ids: list[int]) -> _Plan:
        return _Plan(_some(ids, turn), self._connector.getChangeSource, _is_there)

    def _cold_start(self, turn: Turn, _: list[int]) -> _Plan:
        def start(name: str) -> Deferred[None]:
            return self._connector.findChangeSourceId(name).addCallback(self._claim_one)

        return _Plan(names(turn.count), start, _is_none)

    async def _list(self, turn: Turn) -> float:
        began = time.perf_counter()
        sources = await self._connector.getChangeSources()
        seconds = time.perf_counter() - began
        if len(sources) != turn.count:
            raise WrongAnswerError(f"{len(sources)} sources in place of {turn.count}")
        return seconds

    def _claim_one(self, id_: int) -> Deferred[None]:
        return self._connector.setChangeSourceMaster(id_, self._ground.masters[US])

    def _is_refused(self, answer: Any) -> bool:
        return isinstance(answer, Failure) and isinstance(answer.value, self._refusal)


def _some(there: Any, turn: Turn) -> list[Any]:
    return random.Random(turn.number).sample(there, turn.count)


def _is_id(answer: Any) -> bool:
    return isinstance(answer, int)


def _is_none(answer: Any) -> bool:
    return answer is None


def _is_there(answer: Any) -> bool:
    return answer is not None and not isinstance(answer, Failure)
