"""What the tables say after a trial: claims, changes, and how lives ended."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from sqlalchemy import create_engine, text

from headwater import Store
from headwater.store import questions
from headwater.store.engine import parse
from tests.failover.checker import Past, Written
from tests.failover.events import Event, now
from tests.failover.faults import Ended

_PASTS = "SELECT changesourceid, id, since, until, why, masterid FROM claim_history ORDER BY id"

_WRITTEN = "SELECT number, changesourceid, token, recorded_at FROM changes ORDER BY number"

_LIVES = """
    SELECT h.masterid, h.name, f.given_name, f.pid, f.joined_at, h.ended_at, h.beat
    FROM heartbeats h JOIN master_facts f ON f.masterid = h.masterid WHERE h.ended_at IS NOT NULL"""


class Tables:
    """
    Reads the database of a trial once, beside Headwater.

    Args:
        url: of the database.
    """

    def __init__(self, url: str) -> None:
        with Store(url) as store:
            self.left = [source.id for source in store.sources(active=True)]
            self.mismatches = store.ask(questions.mismatches())
            self.changes = all_changes(store)
        self.pasts = [Past(*row) for row in _rows(url, _PASTS)]
        self.written = [Written(*row) for row in _rows(url, _WRITTEN)]
        self._lives = _rows(url, _LIVES)

    def ended(self) -> dict[int, int]:
        """
        Return when each life that is over ended, by the id of its master.
        """
        return {id_: ended_at for id_, *_, ended_at, _ in self._lives}

    def ended_by_others(self, events: Iterable[Event]) -> list[Ended]:
        """
        Return the lives that were expired, be it that a claim tells or whoever did it, on the clock of all processes.
        """
        names = {event.why for event in events if event.what == "expired"}
        ids = {past.master for past in self.pasts if past.why == "expired"}
        # The server is on this host: its wall clock is ours.
        booted = time.time() - now()
        return [
            Ended(name, worker, pid, joined / 1000 - booted, at / 1000 - booted, has_beaten=beat > 1)
            for id_, name, worker, pid, joined, at, beat in self._lives
            if id_ in ids or name in names
        ]


def all_changes(store: Store) -> list[tuple[int, str, str]]:
    """
    Return source, before and after of every change, in the order of the feed.
    """
    found: list[tuple[int, str, str]] = []
    after = 0
    while page := store.changes(after=after, most=1000):
        after = page[-1].number
        found += [(change.source, change.before or "", change.after or "") for change in page]
    return found


def _rows(url: str, statement: str) -> list[Any]:
    engine = create_engine(parse(url))
    try:
        with engine.connect() as connection:
            return list(connection.execute(text(statement)))
    finally:
        engine.dispose()
