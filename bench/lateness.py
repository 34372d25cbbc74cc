"""How late checks are: when each was due, as the conditions of the sources say, and when it was done."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import median

from headwater import Store
from headwater.store import questions


class Lateness:
    """
    Looks at the conditions of sources again and again, more often than one of them is checked.

    Args:
        ids: of the sources.
    """

    def __init__(self, ids: Iterable[int]) -> None:
        self._ids = frozenset(ids)
        self._done: dict[int, int] = {}
        self._due: dict[int, int] = {}
        self._late: list[float] = []

    @property
    def all_seen(self) -> bool:
        """
        Whether each of the sources was checked at least once.
        """
        return len(self._done) == len(self._ids)

    @property
    def checks(self) -> int:
        """
        How many checks were done since the first look.
        """
        return len(self._late)

    def look(self, store: Store) -> None:
        """
        Take note of the checks that were done since the last look.
        """
        for id_, condition in store.conditions().items():
            if id_ not in self._ids or condition.succeeded_at is None or condition.checked_at is None:
                continue
            # A report may tell the same moment a millisecond earlier or later.
            if id_ in self._due and condition.checked_at > self._done[id_] + 100:
                self._late.append((condition.checked_at - self._due[id_]) / 1000)
            elif id_ in self._due and condition.checked_at != self._done[id_]:
                continue
            self._done[id_] = condition.checked_at
            if condition.next_at is not None:
                self._due[id_] = condition.next_at

    def summary(self) -> dict[str, float]:
        """
        Return the seconds from when checks were due to when they were done.
        """
        late = sorted(self._late)
        if not late:
            return {}
        return {"median": median(late), "p99": late[int(len(late) * 0.99)], "worst": late[-1]}

    def overdue(self, store: Store, seconds: float) -> int:
        """
        Count the sources that have been due for longer than this, and are not done.
        """
        now = store.ask(questions.pulse()).now
        dues = [condition.next_at for id_, condition in store.conditions().items() if id_ in self._ids]
        return sum(1 for due in dues if due is not None and due < now - seconds * 1000)
