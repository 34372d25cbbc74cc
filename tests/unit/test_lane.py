"""One thread that carries out what waits, and answers each caller."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterator, Sequence
from queue import SimpleQueue
from typing import Any

import pytest

from headwater.errors import StoreClosedError
from headwater.store.groupcommit import Call, Lane, Post, Resolve

SOON = 60.0


class Database:
    """
    Carries out batches one by one, as the test lets it.
    """

    def __init__(self) -> None:
        self._begun: SimpleQueue[list[Any]] = SimpleQueue()
        self._outcomes: SimpleQueue[Callable[[list[Any]], Sequence[Any]]] = SimpleQueue()

    def __call__(self, _verb: Hashable, calls: list[Any]) -> Sequence[Any]:
        """
        Carry a batch out: tell the test, and wait for what becomes of it.
        """
        self._begun.put(calls)
        return self._outcomes.get(timeout=SOON)(calls)

    def begun(self) -> list[Any]:
        """
        Wait until a batch runs; return its calls.
        """
        return self._begun.get(timeout=SOON)

    def commit(self) -> None:
        """
        Answer each call of a batch with itself, in capitals.
        """
        self._outcomes.put(lambda calls: [call.upper() for call in calls])

    def fail(self, error: BaseException) -> None:
        """
        Let a batch fail.
        """

        def failing(_: list[Any]) -> Sequence[Any]:
            raise error

        self._outcomes.put(failing)

    def answer(self, *answers: object) -> None:
        """
        Let a batch be answered with these.
        """
        self._outcomes.put(lambda _: answers)


def at_once(answers: Sequence[tuple[Resolve, Any]]) -> None:
    """
    Carry the answers of a batch to nowhere else: call each `resolve` in the lane's thread.
    """
    for resolve, answer in answers:
        resolve(answer)


class Caller:
    """
    One who waits for the answer of a call.
    """

    def __init__(self, lane: Lane, arguments: str, *, post: Post = at_once) -> None:
        self._answers: SimpleQueue[Any] = SimpleQueue()
        self.call = Call(verb="verb", arguments=arguments, post=post, resolve=self._answers.put)
        lane.submit(self.call)

    def answer(self) -> object:
        """
        Wait for the answer, which comes once.
        """
        answer = self._answers.get(timeout=SOON)
        assert self._answers.empty()
        return answer


@pytest.fixture
def database() -> Database:
    """
    What the lane asks.
    """
    return Database()


@pytest.fixture
def lane(database: Database) -> Iterator[Lane]:
    """
    A lane, closed after the test.
    """
    lane = Lane("lane", database)
    yield lane
    lane.close()


def test_a_lone_call_is_carried_out_at_once(lane: Lane, database: Database) -> None:
    """
    A call that finds nothing waiting does not wait for others to come.
    """
    caller = Caller(lane, "a")
    begun = database.begun()
    database.commit()

    assert (["a"], "A") == (begun, caller.answer())


def test_calls_that_come_while_a_batch_runs_share_the_next(lane: Lane, database: Database) -> None:
    """
    However many calls arrive meanwhile, they are one batch, and each caller gets its own answer.
    """
    first = Caller(lane, "a")
    database.begun()
    others = [Caller(lane, name) for name in "bcd"]
    database.commit()
    second = database.begun()
    database.commit()

    assert ["b", "c", "d"] == second
    assert ["A", "B", "C", "D"] == [caller.answer() for caller in (first, *others)]


def test_a_call_abandoned_before_its_batch_is_not_carried_out(lane: Lane, database: Database) -> None:
    """
    Whoever stops waiting before a batch took the call has not asked for anything.
    """
    Caller(lane, "a")
    database.begun()
    Caller(lane, "b").call.is_abandoned = True
    last = Caller(lane, "c")
    database.commit()
    second = database.begun()
    database.commit()

    assert (["c"], "C") == (second, last.answer())


@pytest.mark.parametrize("error", [RuntimeError("broken"), KeyboardInterrupt()], ids=repr)
def test_an_exception_reaches_every_caller(lane: Lane, database: Database, error: BaseException) -> None:
    """
    Whatever a batch raises is the answer of each of its callers, and the lane goes on.
    """
    first = Caller(lane, "a")
    database.begun()
    others = [Caller(lane, name) for name in "bc"]
    database.commit()
    database.begun()
    database.fail(error)
    failed = [caller.answer() for caller in others]
    last = Caller(lane, "d")
    database.commit()

    assert [error, error] == failed
    assert ["A", "D"] == [first.answer(), last.answer()]


@pytest.mark.parametrize("answers", [(), ("A", "B")])
def test_a_wrong_number_of_answers_is_an_error(lane: Lane, database: Database, answers: Sequence[str]) -> None:
    """
    A batch that is not answered call by call leaves nobody waiting, and nobody with another's answer.
    """
    caller = Caller(lane, "a")
    database.answer(*answers)
    answer = caller.answer()
    last = Caller(lane, "b")
    database.commit()

    assert isinstance(answer, ValueError)
    assert "B" == last.answer()


def test_a_post_that_raises_takes_nobody_along(lane: Lane, database: Database) -> None:
    """
    A loop that was closed meanwhile cannot be answered; the other callers of the batch are, and the lane goes on.
    """

    def closed(_: Sequence[tuple[Resolve, Any]]) -> None:
        raise RuntimeError("Event loop is closed")

    Caller(lane, "a")
    database.begun()
    Caller(lane, "b", post=closed)
    other = Caller(lane, "c")
    database.commit()
    database.commit()
    shared = other.answer()
    last = Caller(lane, "d")
    database.commit()

    assert ["C", "D"] == [shared, last.answer()]


def test_answers_of_one_place_come_in_one_parcel(lane: Lane, database: Database) -> None:
    """
    A loop is woken once for all calls of a batch that were made in it.
    """
    parcels: SimpleQueue[Sequence[tuple[Resolve, Any]]] = SimpleQueue()
    Caller(lane, "a")
    database.begun()
    for name in "bcd":
        Caller(lane, name, post=parcels.put)
    database.commit()
    database.commit()

    assert ["B", "C", "D"] == [answer for _, answer in parcels.get(timeout=SOON)]
    assert parcels.empty()


def test_closing_answers_all(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Closing finishes the batch that runs, and refuses what waits; then the thread is gone.
    """
    lane = Lane("lane to close", database)
    running = Caller(lane, "a")
    database.begun()
    waiting = [Caller(lane, name) for name in "bc"]
    join = lane._thread.join

    def commit_and_join() -> None:
        database.commit()
        join(SOON)

    monkeypatch.setattr(lane._thread, "join", commit_and_join)
    lane.close()

    assert "A" == running.answer()
    assert [StoreClosedError, StoreClosedError] == [type(caller.answer()) for caller in waiting]
    assert "lane to close" not in {thread.name for thread in threading.enumerate()}


def test_closing_again_does_nothing(lane: Lane) -> None:
    """
    A closed lane can be closed once more.
    """
    lane.close()
    lane.close()


def test_a_closed_lane_takes_nothing(lane: Lane) -> None:
    """
    A call that comes after the end is refused where it is made.
    """
    lane.close()

    with pytest.raises(StoreClosedError):
        Caller(lane, "a")
