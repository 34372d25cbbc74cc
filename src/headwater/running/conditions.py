"""How a source fares after a poll, given how it fared before; on this host's clock, until it is reported."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from headwater.running.problems import Problem
from headwater.values import Condition, Report


class Health(Struct, frozen=True, kw_only=True):
    """
    How the polls of a source go; times in seconds of one clock.
    """

    state: Literal["ok", "checking", "failing", "broken"] | None = None
    """None before the first poll that anybody knows of has ended."""
    reason: str = ""
    since: float
    attempts: int = 0
    checked_at: float | None = None
    succeeded_at: float | None = None
    next_at: float | None = None
    checks_done: int = 0


def as_told(condition: Condition | None, *, now_there: int, now: float) -> Health:
    """
    Return what a holder before this one, or this one before, has told of a source.

    Args:
        condition: what it told; None if nobody ever did.
        now_there: the database's clock, in milliseconds.
        now: this host's.
    """
    if condition is None:
        return Health(since=now)

    def here(there: int | None) -> float | None:
        return None if there is None else now - (now_there - there) / 1000

    # Who was still checking did not come to an end: how the source fares nobody knows then.
    was_checking = condition.state == "checking"
    return Health(
        state=None if was_checking else condition.state,
        reason="" if was_checking else condition.reason,
        since=here(condition.since) or now,
        attempts=condition.attempts,
        checked_at=here(condition.checked_at),
        succeeded_at=here(condition.succeeded_at),
        checks_done=condition.checks_done,
    )


def after_success(before: Health, *, now: float, note: str = "") -> Health:
    """
    Return how a source fares after a poll that went well.

    Args:
        before: how it fared before the poll.
        now: when the poll ended.
        note: what is to be said all the same.
    """
    since = before.since if before.state == "ok" else now
    return replace(
        before, state="ok", reason=note, since=since, attempts=0, checked_at=now, succeeded_at=now, next_at=None
    )


def after_failure(before: Health, problem: Problem, *, now: float) -> Health:
    """
    Return how a source fares after a poll that failed.
    """
    state: Literal["failing", "broken"] = "broken" if problem.needs_human else "failing"
    since = before.since if before.state == state else now
    attempts = before.attempts + 1
    return replace(
        before, state=state, reason=problem.text, since=since, attempts=attempts, checked_at=now, next_at=None
    )


def waiting(before: Health, host: str, problem: str, *, now: float, until: float) -> Health:
    """
    Return how a source fares that is not polled because its host is away.

    Args:
        before: how it fared before.
        host: the one.
        problem: what the host's newest failure was.
        now: since when it waits, if it fared well before.
        until: when somebody tries whether the host is back.
    """
    if before.state == "broken":
        return replace(before, next_at=until)
    since = before.since if before.state == "failing" else now
    reason = f"waits until {host} is back: {problem}"
    return replace(before, state="failing", reason=reason, since=since, next_at=until)


def checking(before: Health, *, since: float, doing: str = "") -> Health:
    """
    Return how a source fares while a poll of it lasts.
    """
    return replace(before, state="checking", reason=doing, since=since, next_at=None)


def resting(before: Health, *, until: float) -> Health:
    """
    Return the same with the time of the next poll.
    """
    return replace(before, next_at=until)


def report(health: Health, *, source: int, token: int, now: float) -> Report | None:
    """
    Return what is told of a source now, in times before and after it; None as long as there is nothing to tell.
    """
    if health.state is None:
        return None

    def ago(then: float | None) -> int | None:
        return None if then is None else max(round((now - then) * 1000), 0)

    return Report(
        source=source,
        token=token,
        state=health.state,
        reason=health.reason,
        since_ago=ago(health.since) or 0,
        attempts=health.attempts,
        checked_ago=ago(health.checked_at),
        succeeded_ago=ago(health.succeeded_at),
        next_in=None if health.next_at is None else max(round((health.next_at - now) * 1000), 0),
        checks_done=health.checks_done,
    )
