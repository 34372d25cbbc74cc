"""What must not have happened: read from the diaries of all workers and from the tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from headwater.cluster.timing import Timing
from tests.failover.events import Event


class Past(NamedTuple):
    """
    A row of the history of claims.
    """

    source: int
    token: int
    since: int
    until: int | None
    why: str | None
    master: int = 0


class Written(NamedTuple):
    """
    A change in the tables: under which claim it was recorded, and when, in milliseconds of the database's clock.
    """

    number: int
    source: int
    token: int
    at: int


ENDINGS = {"released", "handed over", "expired", "taken over", "forced"}
_BY_OTHERS = {"expired", "taken over"}


def promised(timing: Timing) -> float:
    """
    Return the seconds from the death of a master until what it held is run elsewhere: 15 with the usual times.
    """
    # Up to one heartbeat until the others have seen its last one, then the expiry time; up to another one until they
    # look again, if the end of that time was missed; and one second to end its life, to claim, and to begin.
    return timing.heartbeat + timing.expiry + timing.heartbeat + 1.0


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
        if event.what == "expired":
            continue
        workers[event.source, event.token].add(event.worker)
    return [
        f"{who} both held source {source}, token {token}" for (source, token), who in workers.items() if len(who) > 1
    ]


def unordered_tokens(history: Iterable[Past]) -> list[str]:
    """
    Return every claim that began while an older one of its source was open, or ended for no known reason.
    """
    wrong = []
    for pasts in _by_source(history):
        wrong += [f"{past} is open, and not the newest" for past in pasts[:-1] if past.until is None]
        wrong += [f"{past} ended without a reason" for past in pasts if past.until and past.why not in ENDINGS]
        wrong += [f"{past} ended before it began" for past in pasts if past.until and past.until < past.since]
        wrong += [
            f"{younger} began before {older} had ended"
            for older, younger in pairwise(pasts)
            if older.until is not None and younger.since < older.until
        ]
    return wrong


def stale_writes(written: Iterable[Written], history: Iterable[Past]) -> list[str]:
    """
    Return every change that was recorded under a claim which was not open then.

    The database's clock tells, and so does the order of the feed, which is that of the commits: after a change under
    a younger claim of the same source there is none under an older one, whatever the times say.
    """
    claims = {(past.source, past.token): past for past in history}
    youngest: dict[int, int] = {}
    wrong = []
    for one in sorted(written):
        claim = claims.get((one.source, one.token))
        if claim is None:
            wrong.append(f"{one} names a claim that never was")
        elif one.at < claim.since or (claim.until is not None and one.at > claim.until):
            wrong.append(f"{one} was recorded outside of {claim}")
        elif one.token < youngest.get(one.source, one.token):
            wrong.append(f"{one} was recorded after a change under token {youngest[one.source]}")
        youngest[one.source] = max(youngest.get(one.source, one.token), one.token)
    return wrong


def taken_from_the_living(history: Iterable[Past], ended: Mapping[int, int]) -> list[str]:
    """
    Return every claim that others ended before the life of its holder was over, or that began after it was.

    Args:
        history: of claims.
        ended: when each life that is over ended, by the id of its master, in milliseconds of the database's clock.
    """
    wrong = []
    for pasts in _by_source(history):
        wrong += [
            f"{past} was {past.why} while its holder lived"
            for past in pasts
            if past.until is not None and past.why in _BY_OTHERS and ended.get(past.master, past.until + 1) > past.until
        ]
        wrong += [
            f"{past} began after its holder's life" for past in pasts if past.since > ended.get(past.master, past.since)
        ]
    return wrong


def _by_source(history: Iterable[Past]) -> list[list[Past]]:
    """
    Return the claims of each source in the order of their tokens.
    """
    by_source: dict[int, list[Past]] = defaultdict(list)
    for past in sorted(history, key=lambda past: past.token):
        by_source[past.source].append(past)
    return list(by_source.values())


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
