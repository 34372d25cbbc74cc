"""What must not have happened: read from the diaries of all workers and from the tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Sequence
from typing import NamedTuple

from tests.failover.events import Event


class Past(NamedTuple):
    """
    A row of the history of claims.
    """

    source: int
    token: int
    until: int | None
    why: str | None


ENDINGS = {"released", "handed over", "expired", "taken over", "forced"}


def double_acts(events: Sequence[Event], forced: Container[int]) -> list[str]:
    """
    Return every act under a claim that came after an act under a younger claim of the same source.

    The moment that is written down lies before the check: who acted then had the check pass later still.

    Args:
        events: of all workers, in their order.
        forced: tokens of claims that an operator ended; their holders notice at the next heartbeat, no sooner.
    """
    youngest: dict[int, Event] = {}
    wrong = []
    for event in events:
        if event.what != "acted":
            continue
        last = youngest.get(event.source)
        if last is not None and event.token < last.token:
            if event.token not in forced:
                wrong.append(f"{event} after {last}")
        elif last is None or event.token > last.token:
            youngest[event.source] = event
    return wrong


def shared_tokens(events: Iterable[Event]) -> list[str]:
    """
    Return every token under which two workers acted.
    """
    workers: dict[tuple[int, int], set[str]] = defaultdict(set)
    for event in events:
        workers[event.source, event.token].add(event.worker)
    return [
        f"{who} both held source {source}, token {token}" for (source, token), who in workers.items() if len(who) > 1
    ]


def unordered_tokens(history: Iterable[Past]) -> list[str]:
    """
    Return every claim that began while an older one of its source was open, or ended for no known reason.
    """
    wrong = []
    by_source: dict[int, list[Past]] = defaultdict(list)
    for past in sorted(history, key=lambda past: past.token):
        by_source[past.source].append(past)
    for pasts in by_source.values():
        wrong += [f"{past} is open, and not the newest" for past in pasts[:-1] if past.until is None]
        wrong += [f"{past} ended without a reason" for past in pasts if past.until and past.why not in ENDINGS]
    return wrong


def lost_or_doubled(numbers: Sequence[tuple[int, str, str]]) -> list[str]:
    """
    Return every change that does not begin where the one before it, of the same source, had ended.

    Args:
        numbers: source, before and after of each change, in the order of the feed.
    """
    at: dict[int, int] = {}
    wrong = []
    for source, before, after in numbers:
        if int(before) != at.get(source, int(before)) or int(after) != int(before) + 1:
            wrong.append(f"source {source}: a change from {int(before)} to {int(after)} at {at.get(source)}")
        at[source] = int(after)
    return wrong


def idle_at_the_end(events: Sequence[Event], sources: Iterable[int], since: float) -> list[int]:
    """
    Return the sources for which nobody acted after the last fault was healed.
    """
    acted = {event.source for event in events if event.what == "acted" and event.at > since}
    return sorted(set(sources) - acted)
