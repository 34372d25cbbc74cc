"""One process of a stress run: a master that flips between active and inactive, claims, releases, and trusts nobody."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from multiprocessing.synchronize import Event
from queue import SimpleQueue
from typing import Any

from headwater import ChangeSourceAlreadyClaimedError, MasterInactiveError, Store
from headwater.store import verbs
from headwater.store.claims import Token
from headwater.store.requests import Request
from tests.stress.evidence import Evidence, Grant, Holding
from tests.stress.outsider import Outsider

now = time.monotonic
"""A clock that all processes of a host share."""


@dataclass(frozen=True)
class Orders:
    """
    What a contender is to do.
    """

    url: str
    master: int
    sources: Sequence[int]
    seed: str
    seconds: float
    stops_at_theft: bool


@dataclass
class _Held:
    began: float
    token: int | None


class Contender:
    """
    A master with the same id all along, and what it knows of itself: whether it is active, and what it holds.

    While `active` is True, its own UPDATE has been committed; what is in `held` was read, or won, after that.
    Nobody may take it away before the contender itself lets go of it.
    """

    def __init__(self, orders: Orders, stop: Event) -> None:
        self.evidence = Evidence(orders.master)
        self._orders = orders
        self._stop = stop
        self._me = orders.master
        self._random = random.Random(orders.seed)
        self._store = Store(orders.url)
        self._outsider = Outsider(orders.url)
        self._active = False
        self._held: dict[int, _Held] = {}

    def close(self) -> None:
        """
        Close its connections.
        """
        self._store.close()
        self._outsider.close()

    def contend(self) -> None:
        """
        Live and rest by turns until the time is over, or somebody was robbed.
        """
        deadline = now() + self._orders.seconds
        while now() < deadline and not self._stop.is_set():
            try:
                self._live()
                self._rest()
            except Exception as error:  # noqa: BLE001 - whatever reaches a caller is evidence
                self._note_error(error)

    def _live(self) -> None:
        self._become(active=True)
        self._look()
        steps = [self._look, self._claim, self._claim, self._release, self._pause]
        for step in self._random.choices(steps, k=self._random.randrange(1, 8)):
            step()
        self._look()
        self._become(active=False)

    def _rest(self) -> None:
        steps = [self._claim, self._claim, self._pause, self._pause, self._sweep]
        for step in self._random.choices(steps, weights=[8, 8, 8, 8, 1], k=self._random.randrange(3)):
            step()

    def _pause(self) -> None:
        time.sleep(self._random.random() / 500)

    def _become(self, *, active: bool) -> None:
        self._let_go(list(self._held))
        self._active = False
        if self._random.random() < 0.1:
            self._store.ask(verbs.set_state(self._me, active=active))
        else:
            self._outsider.set_active(self._me, active=active)
        self._active = active

    def _look(self) -> None:
        """
        Read what is its own, and compare it with what must be.
        """
        seen = self._outsider.held_by(self._me)
        for source, held in list(self._held.items()):
            if seen.get(source) is None or held.token not in {None, seen[source]}:
                self._note_theft(source, f"reads token {seen.get(source)}, not {held.token}")
        if self._active:
            for source, token in seen.items():
                self._held.setdefault(source, _Held(now(), token)).token = token

    def _claim(self) -> None:
        """
        Claim some sources as a Headwater master and some as the connector does, all in one go.
        """
        some = self._some(self._orders.sources)
        others = self._random.sample(self._orders.sources, k=self._random.randrange(3))
        asked = now()
        won, *answers = self._ask([verbs.claim(some, self._me), *(verbs.claim_for(id_, self._me) for id_ in others)])
        self._hear_of_claim(some, won, asked)
        for source, answer in zip(others, answers, strict=True):
            self._hear_of_claim_for(source, answer)

    def _hear_of_claim(self, wanted: Sequence[int], won: dict[int, Token] | Exception, asked: float) -> None:
        if isinstance(won, MasterInactiveError) and not self._active:
            self.evidence.refused += len(wanted)
            return
        if isinstance(won, Exception):
            self._note_error(won)
            return
        if won and not self._active:
            self._note_error(AssertionError("an inactive master won a claim"))
        self.evidence.refused += len(wanted) - len(won)
        for source, token in won.items():
            if token is None:
                self._note_error(AssertionError(f"source {source} was won without a token"))
                continue
            self.evidence.grants.append(Grant(source, token, asked, now()))
            self._win(source, token)

    def _hear_of_claim_for(self, source: int, answer: Exception | None) -> None:
        if answer is None:
            self._win(source, None)
        elif isinstance(answer, ChangeSourceAlreadyClaimedError):
            self.evidence.refused += 1
            if answer.masterid != self._me and source in self._held:
                self._note_theft(source, f"is told that {answer.masterid} holds it")
        else:
            self._note_error(answer)

    def _win(self, source: int, token: int | None) -> None:
        self.evidence.claims += 1
        if source in self._held:
            self._note_theft(source, "wins it again")
        if self._active:
            self._held[source] = _Held(now(), token)

    def _release(self) -> None:
        """
        Give back some of its own: under their tokens, or as the connector does, without.
        """
        if not self._held:
            return
        mine = self._some(list(self._held))
        tokens = {source: self._held[source].token for source in mine}
        self._let_go(mine)
        if self._random.random() < 0.3 or None in tokens.values():
            for answer in self._ask([verbs.unset(source) for source in mine]):
                if answer is not None:
                    self._note_error(answer)
            self.evidence.releases += len(mine)
            return
        (released,) = self._ask([verbs.release_claims(tokens, self._me)])
        if isinstance(released, Exception):
            self._note_error(released)
            return
        self.evidence.releases += len(released)
        for source in set(mine).difference(released):
            self._note_theft(source, "has nothing to release")

    def _sweep(self) -> None:
        """
        End what inactive masters left, as every runner does now and then.
        """
        self._store.release_left()

    def _let_go(self, sources: Iterable[int]) -> None:
        """
        Note the end of what is its own, before anybody else hears of it.
        """
        for source in sources:
            held = self._held.pop(source)
            self.evidence.holdings.append(Holding(source, self._me, held.began, now()))

    def _some(self, sources: Sequence[int]) -> list[int]:
        return self._random.sample(sources, k=self._random.randint(1, len(sources)))

    def _ask(self, requests: Sequence[Request[Any]]) -> list[Any]:
        """
        Ask all at once, as many callers in one process would, and return the answers; errors are answers too.
        """
        arrived: SimpleQueue[tuple[int, Any]] = SimpleQueue()
        for number, request in enumerate(requests):
            self._store.database.ask(request, _post, _numbered(arrived, number))
        answers = dict(arrived.get() for _ in requests)
        return [answers[number] for number in range(len(requests))]

    def _note_theft(self, source: int, how: str) -> None:
        self.evidence.thefts.append(f"active master {self._me}, who holds source {source}, {how}")
        if source in self._held:
            self._let_go([source])
        if self._orders.stops_at_theft:
            self._stop.set()

    def _note_error(self, error: Exception) -> None:
        self.evidence.errors.append(f"{type(error).__name__}: {error}".splitlines()[0])


def _post(answers: Sequence[tuple[Any, Any]]) -> None:
    for resolve, answer in answers:
        resolve(answer)


def _numbered(arrived: SimpleQueue[tuple[int, Any]], number: int) -> Callable[[Any], None]:
    return lambda answer: arrived.put((number, answer))
