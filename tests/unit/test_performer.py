"""How a batch is carried out: what is tried again, what is halved, and what its callers are told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest

from headwater.errors import DatabaseBusyError, DatabaseError, DatabaseUnavailableError, OutcomeUnknownError
from headwater.store.attempt import Attempt
from headwater.store.dialect import Trouble
from headwater.store.performer import Performer, Verb
from headwater.store.session import Session, TroubleError
from tests.unit.clocks import FakeClock, FakeClosing

PATIENCE = 5.0

Calls = Sequence[str]


class Database:
    """
    A database in which troubles are laid out; what goes well is answered in capitals.

    Args:
        troubles: one for each try, in turn; afterwards all goes well.
    """

    def __init__(self, *troubles: Trouble) -> None:
        self.troubles = list(troubles)
        self.clock = FakeClock()
        self.closing = FakeClosing(self.clock)
        self.tries: list[tuple[str, bool]] = []
        """The calls of each try, and whether an earlier one may have committed."""
        self.session = SimpleNamespace(wrote=False)

    def ask(self, *calls: str, run: Callable[[Calls, Attempt], Calls] | None = None) -> list[Any]:
        """
        Carry a batch out, by `run` if that is given; return the answers.
        """
        performer = Performer(
            cast("Session", self.session),
            database="db",
            closing=self.closing,
            patience=PATIENCE,
            clock=self.clock,
        )

        def running(_: Session, calls: Calls, attempt: Attempt) -> Calls:
            self.tries.append(("".join(calls), attempt.again))
            return (run or self.run)(calls, attempt)

        return list(performer(Verb(running, "writes"), calls))

    def run(self, calls: Calls, _: Attempt) -> Calls:
        """
        Meet the next trouble, if there is one left.
        """
        if self.troubles:
            raise trouble(self.troubles.pop(0))
        return [call.upper() for call in calls]

    def lose(self, *, committing: bool) -> TroubleError:
        """
        Return the loss of the connection, before a commit or in the midst of it.
        """
        self.session.wrote = committing
        return trouble(Trouble.LOST)


def trouble(kind: Trouble) -> TroubleError:
    """
    Return a trouble as a session raises it, with the driver's error as its cause.
    """
    error = TroubleError(kind, kind.name.lower())
    error.__cause__ = OSError(kind.value)
    return error


@pytest.mark.parametrize("kind", [Trouble.DEADLOCK, Trouble.LOST])
def test_what_came_to_nothing_is_run_again(kind: Trouble) -> None:
    """
    A deadlock, or a connection that went before anything was committed, costs the callers no more than time.

    The second try is told that the first has left nothing behind.
    """
    database = Database(kind)

    assert ["A", "B"] == database.ask("a", "b")
    assert [("ab", False), ("ab", False)] == database.tries


def test_a_try_that_may_have_committed_is_made_known_to_the_next() -> None:
    """
    After a connection was lost in the midst of a commit, all further tries are told.
    """
    database = Database()

    def run(calls: Calls, _: Attempt) -> Calls:
        if len(database.tries) < 3:
            raise database.lose(committing=len(database.tries) == 1)
        return calls

    assert ["a"] == database.ask("a", run=run)
    assert [("a", False), ("a", True), ("a", True)] == database.tries


def test_a_commit_of_an_earlier_try_is_not_taken_for_one_of_this() -> None:
    """
    Each batch begins without a memory of the batches before it.
    """
    database = Database()
    database.session.wrote = True
    database.troubles = [Trouble.LOST]
    database.ask("a")

    assert [("a", False), ("a", False)] == database.tries


@pytest.mark.parametrize("kind", [Trouble.DATA, Trouble.LOCKED])
def test_a_batch_is_halved_until_the_call_that_fails_is_alone(kind: Trouble) -> None:
    """
    What fails on one call's data, or on a lock that one call needs, fails for that caller alone.
    """
    database = Database()

    def run(calls: Calls, _: Attempt) -> Calls:
        if "d" in calls:
            raise trouble(kind)
        return [call.upper() for call in calls]

    answers = database.ask("a", "b", "c", "d", "e", run=run)

    assert ["A", "B", "C", "E"] == [answer for answer in answers if isinstance(answer, str)]
    assert isinstance(answers[3], DatabaseError)
    assert ["abcde", "ab", "cde", "c", "de", "d", "e"] == [calls for calls, _ in database.tries]


def test_an_error_of_our_own_is_halved_too() -> None:
    """
    What one call brought and Python cannot encode is that caller's error, as it was raised.
    """
    database = Database()

    def run(calls: Calls, _: Attempt) -> Calls:
        return ["".join(calls).encode("ascii").decode()] * len(calls)

    answers = database.ask("a", "\ud800", "c", run=run)

    assert ["a", UnicodeEncodeError, "c"] == [answers[0], type(answers[1]), answers[2]]


def test_halves_know_of_a_commit_before_them() -> None:
    """
    What a batch may have committed before it was halved, its halves are told.
    """
    database = Database()

    def run(calls: Calls, attempt: Attempt) -> Calls:
        if not attempt.again:
            raise database.lose(committing=True)
        if len(calls) > 1:
            raise trouble(Trouble.DATA)
        return calls

    assert ["a", "b"] == database.ask("a", "b", run=run)
    assert [("ab", False), ("ab", True), ("a", True), ("b", True)] == database.tries


def test_one_half_knows_nothing_of_the_other_s_commit() -> None:
    """
    A half whose answer was lost is in doubt, the other is not.
    """
    database = Database()

    def run(calls: Calls, attempt: Attempt) -> Calls:
        if len(calls) > 1:
            raise trouble(Trouble.DATA)
        if calls == ("a",) and not attempt.again:
            raise database.lose(committing=True)
        return calls

    assert ["a", "b"] == database.ask("a", "b", run=run)
    assert [("ab", False), ("a", False), ("a", True), ("b", False)] == database.tries


def test_memory_survives_tries_and_halving() -> None:
    """
    What a try has seen before it wrote is there for the tries after it, and for the halves.
    """
    database = Database()

    def run(calls: Calls, attempt: Attempt) -> Calls:
        attempt.memory.setdefault("first", "".join(calls))
        if len(database.tries) == 1:
            raise trouble(Trouble.LOST)
        if len(calls) > 1:
            raise trouble(Trouble.DATA)
        return [attempt.memory["first"]]

    assert ["ab", "ab"] == database.ask("a", "b", run=run)
    assert 4 == len(database.tries)


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        (Trouble.LOST, DatabaseUnavailableError),
        (Trouble.DEADLOCK, DatabaseBusyError),
        (Trouble.LOCKED, DatabaseBusyError),
        (Trouble.DATA, DatabaseError),
        (Trouble.REFUSED, DatabaseError),
    ],
)
def test_each_trouble_is_told_by_its_own_error(kind: Trouble, error: type[DatabaseError]) -> None:
    """
    Trouble that stays is an error that names the database and the driver's error, one for each caller.
    """
    database = Database(*[kind] * 1000)
    answers = database.ask("a", "b")

    assert [error, error] == [type(answer) for answer in answers]
    assert answers[0] is not answers[1]
    assert {f"db: {kind.name.lower()}"} == {str(answer) for answer in answers}
    assert {kind.value} == {str(answer.__cause__) for answer in answers}


@pytest.mark.parametrize("kind", [Trouble.LOST, Trouble.DEADLOCK, Trouble.LOCKED, Trouble.REFUSED])
def test_after_a_lost_answer_every_trouble_leaves_the_outcome_unknown(kind: Trouble) -> None:
    """
    Once an answer was lost in the midst of a commit, no later failure says that nothing was done.
    """
    database = Database()

    def run(_: Calls, attempt: Attempt) -> Calls:
        raise trouble(kind) if attempt.again else database.lose(committing=True)

    assert [OutcomeUnknownError] == [type(answer) for answer in database.ask("a", run=run)]


@pytest.mark.parametrize("kind", [Trouble.LOST, Trouble.DEADLOCK])
def test_patience_has_an_end(kind: Trouble) -> None:
    """
    Tries are made, ever less often, until the patience is over: then the callers are told.
    """
    database = Database(*[kind] * 1000)
    start = database.clock()
    database.ask("a")

    assert PATIENCE < database.clock() - start < PATIENCE + 0.5
    assert 0.5 >= max(database.closing.waited)
    assert 30 > len(database.tries)


def test_a_lock_is_not_waited_for_by_every_call_in_turn() -> None:
    """
    A lock that all calls of a batch need, and that takes the whole patience, is not waited for again by each half.
    """
    database = Database()

    def run(_: Calls, __: Attempt) -> Calls:
        database.clock.advance(PATIENCE + 0.1)
        raise trouble(Trouble.LOCKED)

    answers = database.ask(*"abcdefgh", run=run)

    assert [DatabaseBusyError] * 8 == [type(answer) for answer in answers]
    assert 1 == len(database.tries)


def test_all_halves_have_one_patience() -> None:
    """
    Where every call meets a lock of its own for a second, a batch ends soon after the patience, and not each call's.
    """
    database = Database()

    def run(_: Calls, __: Attempt) -> Calls:
        database.clock.advance(1.0)
        raise trouble(Trouble.LOCKED)

    start = database.clock()
    database.ask(*"abcdefgh" * 100, run=run)

    assert 2.5 * PATIENCE > database.clock() - start


@pytest.mark.parametrize("kind", [Trouble.LOST, Trouble.DEADLOCK, Trouble.LOCKED])
def test_closing_ends_the_waiting(kind: Trouble) -> None:
    """
    Nothing is tried again once the store is being closed; all callers are told at once.
    """
    database = Database(*[kind] * 1000)
    database.closing.set()

    assert [True, True] == [isinstance(answer, DatabaseError) for answer in database.ask("a", "b")]
    assert [("ab", False)] == database.tries
