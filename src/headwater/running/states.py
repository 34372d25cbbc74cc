"""How a source fares, for people who look: what its holder told, and what only a reader can know."""

from __future__ import annotations

from msgspec import Struct

from headwater.values import Condition, Pause, Settings, Standing, State

_INTERVALS = 3
_LEAST = 900.0
"""Without a success for so many intervals, and for so many seconds, what is known of a source is stale."""


class Fare(Struct, frozen=True):
    """
    How a source fares, and why.
    """

    state: State
    reason: str = ""
    since: int | None = None
    """Milliseconds of the database's clock; None if nobody knows."""


def fare(standing: Standing, condition: Condition | None, pause: Pause | None, settings: Settings, *, now: int) -> Fare:
    """
    Tell how a source fares.

    What nobody runs is paused or unclaimed, whatever was told of it before. What was not looked at with success for
    long is stale, whatever is told of it, unless it is known to be at work or to need a human.

    Args:
        standing: of its claim.
        condition: what its holder told; None if nobody did yet.
        pause: None if it is not paused.
        settings: what it watches.
        now: milliseconds of the database's clock.
    """
    if pause is not None:
        return Fare("paused", f"{pause.by}: {pause.why}" if pause.why else f"by {pause.by}", pause.since)
    if standing.holder is None:
        return Fare("unclaimed", "no master runs it", standing.until)
    if not standing.holder_is_active:
        return Fare("unclaimed", f"{standing.holder_name} has left it, and no other master has taken it over yet")
    if condition is None:
        return _first(standing, settings, now)
    if condition.state in {"ok", "failing"} and _is_stale(condition.succeeded_at or standing.since, settings, now):
        reason = "no check has succeeded for long"
        return Fare("stale", f"{reason}: {condition.reason}" if condition.reason else reason, condition.succeeded_at)
    return Fare(condition.state, condition.reason, condition.since)


def _first(standing: Standing, settings: Settings, now: int) -> Fare:
    if _is_stale(standing.since, settings, now):
        return Fare("stale", "its holder has never told how it fares", standing.since)
    return Fare("checking", "for the first time", standing.since)


def _is_stale(last: int | None, settings: Settings, now: int) -> bool:
    return last is not None and now - last > 1000 * max(_INTERVALS * settings.poll, _LEAST)
