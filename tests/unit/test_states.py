"""What is shown of a source: what its holder told, and what only who looks can know."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from headwater.running.states import Fare, fare
from headwater.values import Condition, Pause, Settings, Standing

MINUTE = 60_000
NOW = 100 * MINUTE
SETTINGS = Settings(kind="git", url="/srv/api.git")
HELD = Standing(id=1, name="api", holder=4, holder_name="ci-a", holder_is_active=True, since=50 * MINUTE)
FREE = Standing(id=1, name="api", until=99 * MINUTE, why="expired")
WELL = Condition(state="ok", since=50 * MINUTE, succeeded_at=99 * MINUTE)
FAILS = Condition(state="failing", reason="timed out", since=90 * MINUTE, attempts=4, succeeded_at=89 * MINUTE)


def shown(
    *,
    standing: Standing = HELD,
    condition: Condition | None = WELL,
    pause: Pause | None = None,
    settings: Settings = SETTINGS,
) -> Fare:
    """
    Tell how the source fares now.
    """
    return fare(standing, condition, pause, settings, now=NOW)


@pytest.mark.parametrize(
    "condition",
    [
        WELL,
        FAILS,
        Condition(state="broken", reason="permission denied", since=90 * MINUTE, succeeded_at=89 * MINUTE),
        Condition(state="checking", reason="Receiving objects: 42 %", since=99 * MINUTE, succeeded_at=98 * MINUTE),
    ],
    ids=lambda condition: condition.state,
)
def test_what_its_holder_told(condition: Condition) -> None:
    """
    A source that is held and was looked at lately fares as its holder says.
    """
    assert Fare(condition.state, condition.reason, condition.since) == shown(condition=condition)


def test_a_pause_goes_before_everything() -> None:
    """
    A source that somebody keeps from being run is paused, by whom and why, whatever was told of it before.
    """
    pause = Pause(since=80 * MINUTE, why="the host moves", by="ana")

    assert Fare("paused", "ana: the host moves", 80 * MINUTE) == shown(standing=FREE, condition=FAILS, pause=pause)


def test_what_nobody_holds_is_unclaimed() -> None:
    """
    A source without a holder is unclaimed since its last claim ended, whatever that holder told.
    """
    assert Fare("unclaimed", "no master runs it", 99 * MINUTE) == shown(standing=FREE)


def test_what_a_master_left_behind_is_unclaimed() -> None:
    """
    A source whose holder is inactive is run by nobody.
    """
    left = shown(standing=replace(HELD, holder_is_active=False))

    assert ("unclaimed", "ci-a has left it, and no other master has taken it over yet") == (left.state, left.reason)


@pytest.mark.parametrize(
    ("poll", "minutes", "state"), [(60, 15, "ok"), (60, 16, "stale"), (600, 30, "ok"), (600, 31, "stale")]
)
def test_without_a_success_for_long_it_is_stale(poll: float, minutes: int, state: str) -> None:
    """
    A source is stale without a success for three intervals, and for a quarter of an hour, though all seems well.
    """
    condition = replace(WELL, succeeded_at=NOW - minutes * MINUTE)

    assert state == shown(condition=condition, settings=replace(SETTINGS, poll=poll)).state


def test_a_failure_that_lasts_is_stale() -> None:
    """
    A source that has failed for long is stale since its last success, and says why.
    """
    condition = replace(FAILS, succeeded_at=80 * MINUTE)

    assert Fare("stale", "no check has succeeded for long: timed out", 80 * MINUTE) == shown(condition=condition)


def test_a_failure_without_any_success() -> None:
    """
    A source that never was well is stale some time after it was claimed.
    """
    assert "stale" == shown(condition=replace(FAILS, succeeded_at=None)).state


@pytest.mark.parametrize("state", ["broken", "checking"])
def test_what_is_known_better_is_not_stale(state: str) -> None:
    """
    A source that needs a human says so however long that lasts, and one at work is at work.
    """
    condition = Condition(state=state, reason="as it is", since=20 * MINUTE, succeeded_at=10 * MINUTE)  # type: ignore[arg-type] # one of them

    assert state == shown(condition=condition).state


def test_a_source_that_was_just_claimed() -> None:
    """
    Before its holder has said anything, a source is being looked at for the first time.
    """
    assert Fare("checking", "for the first time", 99 * MINUTE) == shown(
        standing=replace(HELD, since=99 * MINUTE), condition=None
    )


def test_a_holder_that_says_nothing() -> None:
    """
    A source whose holder has said nothing for long is stale.
    """
    assert Fare("stale", "its holder has never told how it fares", 50 * MINUTE) == shown(condition=None)
