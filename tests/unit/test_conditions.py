"""How a source fares after each poll, and what is told of it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from headwater.errors import (
    AccessDeniedError,
    DatabaseUnavailableError,
    PositionMovedError,
    SourceError,
    UnreachableError,
)
from headwater.running.conditions import (
    Health,
    after_failure,
    after_success,
    as_told,
    checking,
    report,
    resting,
    waiting,
)
from headwater.running.problems import Problem, problem_of, sentence
from headwater.store.arguments import checked_text
from headwater.values import Condition, Report

RESET = Problem("connection reset")
DENIED = Problem("permission denied", needs_human=True)
NEW = Health(since=100)
WELL = after_success(NEW, now=110)


def test_what_goes_well_stays_well() -> None:
    """
    A source is well since the first poll that went well, however many followed.
    """
    assert Health(state="ok", since=110, checked_at=170, succeeded_at=170) == after_success(WELL, now=170)


def test_failures_are_counted() -> None:
    """
    Failures in a row are counted, the newest reason is told, and what was before is not forgotten.
    """
    once = after_failure(WELL, RESET, now=170)
    twice = after_failure(once, Problem("timed out"), now=230)

    assert ("failing", "connection reset", 170, 1) == (once.state, once.reason, once.since, once.attempts)
    assert ("failing", "timed out", 170, 2) == (twice.state, twice.reason, twice.since, twice.attempts)
    assert (230, 110) == (twice.checked_at, twice.succeeded_at)


def test_what_needs_a_human_is_broken() -> None:
    """
    A source that nobody can look at without somebody's help is broken, since the poll that saw it.
    """
    broken = after_failure(after_failure(WELL, RESET, now=170), DENIED, now=230)

    assert ("broken", "permission denied", 230, 2) == (broken.state, broken.reason, broken.since, broken.attempts)


def test_a_success_forgets_the_failures() -> None:
    """
    When a source is well again nothing of the failures is left.
    """
    assert Health(state="ok", since=230, checked_at=230, succeeded_at=230) == after_success(
        after_failure(WELL, DENIED, now=170), now=230
    )


def test_what_is_said_though_all_is_well() -> None:
    """
    A success may have something to say.
    """
    assert "no ref has it" == after_success(WELL, now=170, note="no ref has it").reason


def test_who_waits_for_a_host_is_failing() -> None:
    """
    A source whose host is away says so, and when somebody looks whether it is back, though nobody polled it.
    """
    waits = waiting(WELL, "https://git.example", "timed out", now=170, until=200)
    still = waiting(waits, "https://git.example", "no route", now=200, until=300)

    assert (
        replace(
            WELL, state="failing", reason="waits until https://git.example is back: timed out", since=170, next_at=200
        )
        == waits
    )
    assert ("no route", 170, 300) == (still.reason.rpartition(": ")[2], still.since, still.next_at)


def test_who_needs_a_human_says_so_while_it_waits() -> None:
    """
    What is wrong with a broken source is not hidden by its host's being away.
    """
    broken = after_failure(WELL, DENIED, now=170)

    assert replace(broken, next_at=300) == waiting(broken, "https://git.example", "timed out", now=200, until=300)


def test_a_poll_that_lasts() -> None:
    """
    A poll that lasts is said with how far it has come; what was known before stays.
    """
    lasts = checking(after_failure(WELL, RESET, now=170), since=230, doing="Receiving objects: 42 %")

    assert ("checking", "Receiving objects: 42 %", 230, 1, 110) == (
        lasts.state,
        lasts.reason,
        lasts.since,
        lasts.attempts,
        lasts.succeeded_at,
    )


def test_a_report_has_no_clock() -> None:
    """
    What is told is told in times before and after now: no clock of this host gets into the database.
    """
    health = resting(after_failure(WELL, RESET, now=170), until=230)

    assert Report(
        source=7,
        token=9,
        state="failing",
        reason="connection reset",
        since_ago=10_000,
        attempts=1,
        checked_ago=10_000,
        succeeded_ago=70_000,
        next_in=50_000,
    ) == report(health, source=7, token=9, now=180)


def test_a_report_that_comes_late() -> None:
    """
    What was to come and is over is now.
    """
    late = report(resting(WELL, until=230), source=7, token=9, now=500)

    assert late is not None
    assert 0 == late.next_in


def test_nothing_is_told_of_what_nobody_knows() -> None:
    """
    Before the first poll has ended there is nothing to tell.
    """
    assert report(NEW, source=7, token=9, now=500) is None


def test_what_another_holder_told() -> None:
    """
    A new holder goes on where the one before has stopped: since when, how many failures, which checks were made.
    """
    told = Condition(
        state="failing",
        reason="connection reset",
        since=940_000,
        attempts=3,
        checked_at=990_000,
        succeeded_at=900_000,
        next_at=1_010_000,
        checks_done=4,
    )

    assert Health(
        state="failing",
        reason="connection reset",
        since=440,
        attempts=3,
        checked_at=490,
        succeeded_at=400,
        checks_done=4,
    ) == as_told(told, now_there=1_000_000, now=500)


def test_a_holder_that_did_not_come_to_an_end() -> None:
    """
    How a source fares that was being checked when its holder died nobody knows, but when it was well somebody does.
    """
    told = as_told(
        Condition(state="checking", reason="42 %", since=990_000, succeeded_at=900_000), now_there=1_000_000, now=500
    )

    assert (None, "", 400) == (told.state, told.reason, told.succeeded_at)
    assert 510 == after_success(told, now=510).since


def test_a_source_of_which_nobody_ever_told() -> None:
    """
    A new source is known since now.
    """
    assert Health(since=500) == as_told(None, now_there=0, now=500)


def test_whose_affair_a_problem_is() -> None:
    """
    An error says in one sentence what is wrong, without the name of the source, and whose affair it is.
    """
    assert [
        Problem("no route to host", is_hosts=True),
        Problem("permission denied", needs_human=True),
        Problem("unexpected disconnect"),
        Problem("db: gone", is_databases=True),
        Problem("the position of 'main' of change source 7 has moved: nothing was recorded"),
        Problem("KeyError: 'x'"),
    ] == [
        problem_of(error)
        for error in (
            UnreachableError("api", "no route to host"),
            AccessDeniedError("api", "permission denied"),
            SourceError("api", "unexpected disconnect"),
            DatabaseUnavailableError("db", "gone"),
            PositionMovedError(7, "main"),
            KeyError("x"),
        )
    ]


@given(st.text(st.characters(codec=None, categories=None)))
def test_whatever_a_source_says_can_be_told(said: str) -> None:
    """
    Any text becomes one line that every database takes.
    """
    line = sentence(said)

    assert line == checked_text(line, "reason")
    assert len(line.splitlines()) <= 1
    assert len(line) <= 1000
