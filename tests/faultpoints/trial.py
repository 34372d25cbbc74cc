"""One point after the other: a master dies there, another one goes on, and what they recorded is looked at."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from time import monotonic

from msgspec import Struct

from headwater import Store
from tests.conformance.invariants import violations
from tests.conformance.rows import run
from tests.faultpoints.checker import Seen, Wrong, judge, told
from tests.faultpoints.forks import FORK, Forked, answer_of, answers_of
from tests.faultpoints.points import Point
from tests.faultpoints.scene import pushed, watch
from tests.faultpoints.worker import carry_on, poll_once

_STAGED = """
    SELECT COUNT(*) FROM commits m WHERE NOT EXISTS (
        SELECT 1 FROM changes c
        WHERE c.changesourceid = m.changesourceid AND c.token = m.token AND c.move = m.move)"""


class Outcome(Struct):
    """
    What became of one point.
    """

    point: Point
    died: bool
    polls: int
    """How many the successor needed."""
    wrong: Wrong

    @property
    def is_fine(self) -> bool:
        """
        True if the master died and nobody can tell.
        """
        return self.died and not self.wrong


class Until:
    """
    When no more points are tried; all shares know.

    Args:
        end: a second of `time.monotonic`.
        first_fault: whether one outcome that is not fine is enough.
    """

    def __init__(self, end: float, *, first_fault: bool) -> None:
        self._end = end
        self._first_fault = first_fault
        self._is_found = FORK.Event()

    def is_enough(self, outcome: Outcome) -> bool:
        """
        Tell whether to stop after this one.
        """
        if self._first_fault and not outcome.is_fine:
            self._is_found.set()
        return self._is_found.is_set() or monotonic() > self._end


class Ground:
    """
    The repository, and a folder for the caches.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._repository = folder / "api.git"
        self._push = pushed(self._repository)

    def count(self, url: str) -> tuple[list[str], Wrong]:
        """
        Poll with no death, on an empty database; return the events of that, and what is wrong.
        """
        source = "nobody dies"
        self._watch(url, [source])
        events = answer_of(partial(poll_once, url, source, self._folder / "count"))
        return events, judge(answer_of(partial(_look, url, source, after=0)), self._push, after=0)

    def try_all(self, urls: Sequence[str], points: Sequence[Point], until: Until) -> list[Outcome]:
        """
        Try the points, on as many databases side by side; each has its share, one after the other.

        Args:
            urls: of empty databases.
            points: at which a master dies.
            until: when a share ends before its last point.
        """
        shares = [points[number :: len(urls)] for number in range(len(urls))]
        works = [partial(self._share, url, share, until) for url, share in zip(urls, shares, strict=True)]
        return [outcome for outcomes in answers_of(works) for outcome in outcomes]

    def _share(self, url: str, points: Sequence[Point], until: Until) -> list[Outcome]:
        # A source for each point, in one database: the feed goes on, and what one point leaves the next one shows.
        self._watch(url, [str(point) for point in points])
        outcomes: list[Outcome] = []
        after = 0
        for point in points:
            outcome, after = self._try(url, point, after)
            outcomes.append(outcome)
            if until.is_enough(outcome):
                break
        return outcomes

    def _try(self, url: str, point: Point, after: int) -> tuple[Outcome, int]:
        source, cache = str(point), self._folder / f"cache-{point.event}-{point.side}-{point.cache}"
        code, _ = Forked(partial(poll_once, url, source, cache, point)).end()
        if point.cache == "deleted":
            shutil.rmtree(cache, ignore_errors=True)
        _, seen = Forked(partial(_carry_on, url, source, cache, after=after)).end()
        shutil.rmtree(cache, ignore_errors=True)
        died = code == -signal.SIGKILL
        if seen is None:
            return Outcome(point, died, 0, Wrong(other=["the successor failed"])), after
        newest = max([after, *(number for number, _ in seen.feed)])
        return Outcome(point, died, seen.polls, judge(seen, self._push, after=after)), newest

    def _watch(self, url: str, sources: Sequence[str]) -> None:
        answer_of(partial(watch, url, self._repository, self._push, sources))


def _carry_on(url: str, source: str, cache: Path, *, after: int) -> Seen:
    polls = carry_on(url, source, cache)
    return _look(url, source, after=after, polls=polls)


def _look(url: str, source: str, *, after: int, polls: int = 1) -> Seen:
    with Store(url) as store:
        feed = [(change.number, told(change)) for change in store.changes(after=after, most=1000)]
        position = store.position(store.find([source])[source])
    ((staged,),) = run(url, _STAGED)
    return Seen(feed, position, int(str(staged)), violations(url), polls)
