"""Which of the waiting calls make the next batch."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from headwater.store.groupcommit import Call, take_batch

MOST = 10


def call(verb: str, number: int, *keys: str, weight: int = 1, is_barrier: bool = False) -> Call:
    """
    Return a call that nobody waits for, told from the others by its number.
    """
    return Call(
        verb=verb,
        arguments=number,
        keys=frozenset(keys),
        weight=weight,
        is_barrier=is_barrier,
        post=lambda _: None,
        resolve=lambda _: None,
    )


def batches(*calls: Call) -> list[list[int]]:
    """
    Return the numbers of the calls, batch by batch, until none waits.
    """
    waiting = deque(calls)
    taken = []
    while waiting:
        taken.append([one.arguments for one in take_batch(waiting, MOST)])
    return taken


def test_a_batch_is_of_one_verb() -> None:
    """
    The calls of the first one's verb go together, past those of other verbs, which keep their order.
    """
    assert [[1, 3, 5], [2, 4]] == batches(
        call("claim", 1), call("release", 2), call("claim", 3), call("release", 4), call("claim", 5)
    )


def test_calls_about_one_thing_go_one_after_the_other() -> None:
    """
    Of calls that share a key a batch has one; the others follow in the order in which they came.
    """
    assert [[1, 3], [2], [4]] == batches(
        call("claim", 1, "linux"),
        call("claim", 2, "linux", "git"),
        call("claim", 3, "cpython"),
        call("claim", 4, "git"),
    )


def test_a_call_never_passes_one_of_another_verb_about_the_same_thing() -> None:
    """
    A release of a source that waits keeps a later claim of it from this batch.
    """
    assert [[1, 4], [2], [3]] == batches(
        call("claim", 1, "linux"), call("release", 2, "git"), call("claim", 3, "git"), call("claim", 4, "cpython")
    )


def test_a_batch_has_a_weight_limit() -> None:
    """
    A call that brings more rows than are left waits for the next batch; a lighter one behind it may go.
    """
    assert [[1, 3], [2, 4]] == batches(
        call("claim", 1, weight=6), call("claim", 2, weight=5), call("claim", 3, weight=4), call("claim", 4, weight=1)
    )


def test_a_call_that_is_too_heavy_goes_alone() -> None:
    """
    A single call that brings more rows than a batch may have is taken by itself, not left for ever.
    """
    assert [[1, 3], [2]] == batches(call("claim", 1), call("claim", 2, weight=MOST + 1), call("claim", 3))


def test_nothing_overtakes_a_barrier() -> None:
    """
    What came after a barrier of another verb stays behind it, whatever it is about.
    """
    assert [[1], [2], [3]] == batches(call("claim", 1), call("set", 2, is_barrier=True), call("claim", 3))


def test_a_barrier_overtakes_nothing() -> None:
    """
    A barrier does not join a batch of its verb past a call of another verb that came before it.
    """
    assert [[1], [2], [3]] == batches(call("set", 1), call("claim", 2), call("set", 3, is_barrier=True))


def test_barriers_of_one_verb_share_a_batch() -> None:
    """
    Barriers of the same verb that stand side by side go together.
    """
    assert [[1, 2], [3]] == batches(
        call("set", 1, "a", is_barrier=True), call("set", 2, "b", is_barrier=True), call("claim", 3)
    )


def test_abandoned_calls_are_dropped() -> None:
    """
    A call that nobody waits for any more is in no batch, and holds nothing up.
    """
    first, second, third = call("claim", 1, "linux"), call("claim", 2, "linux"), call("set", 3, is_barrier=True)
    first.is_abandoned = third.is_abandoned = True

    assert [[2, 4]] == batches(first, second, third, call("claim", 4))


def test_nothing_is_taken_where_all_are_abandoned() -> None:
    """
    The batch is empty if nobody waits any more, and so is the queue.
    """
    only = call("claim", 1)
    only.is_abandoned = True

    assert [[]] == batches(only)


some_calls = st.lists(
    st.tuples(
        st.sampled_from("ab"),
        st.frozensets(st.sampled_from("xyz"), max_size=1),
        st.sampled_from([1, 1, 1, MOST // 2, MOST + 1]),
        st.booleans(),  # a barrier
        st.booleans(),  # abandoned
    ),
    max_size=12,
)


@settings(max_examples=200, deadline=None)
@given(arrivals=st.lists(some_calls, max_size=4))
def test_whatever_arrives_is_taken_once_and_in_order(
    arrivals: list[list[tuple[str, frozenset[str], int, bool, bool]]],
) -> None:
    """
    However calls arrive between batches: each that is waited for is taken once, within the limits of a batch.

    Calls that share a key come out in their order, and nothing of another verb overtakes a barrier or is
    overtaken by one.
    """
    waiting: deque[Call] = deque()
    calls: list[Call] = []
    taken: list[list[Call]] = []
    for arriving in arrivals:
        for verb, keys, weight, is_barrier, is_abandoned in arriving:
            new = call(verb, len(calls), *keys, weight=weight, is_barrier=is_barrier)
            new.is_abandoned = is_abandoned
            calls.append(new)
            waiting.append(new)
        taken.append(take_batch(waiting, MOST))
    while waiting:
        taken.append(take_batch(waiting, MOST))

    live = [one for one in calls if not one.is_abandoned]
    assert [one.arguments for one in live] == sorted(one.arguments for batch in taken for one in batch)
    assert [] == [batch for batch in taken if not is_allowed(batch)]
    assert [] == out_of_order(live, taken)


def is_allowed(batch: Sequence[Call]) -> bool:
    """
    Tell whether calls may be carried out together.
    """
    return (
        len({one.verb for one in batch}) <= 1
        and all(set(one.keys).isdisjoint(other.keys) for one, other in combinations(batch, 2))
        and (len(batch) <= 1 or sum(one.weight for one in batch) <= MOST)
    )


def out_of_order(calls: Sequence[Call], taken: Sequence[Sequence[Call]]) -> list[tuple[int, int]]:
    """
    Return the pairs of calls that should have been carried out one before the other, and were not.
    """
    place = {one: number for number, batch in enumerate(taken) for one in batch}
    return [
        (earlier.arguments, later.arguments)
        for earlier, later in combinations(calls, 2)
        if is_bound(earlier, later) and not place[earlier] < place[later]
    ]


def is_bound(earlier: Call, later: Call) -> bool:
    """
    Tell whether the earlier call must be carried out before the later one.
    """
    is_at_barrier = (earlier.is_barrier or later.is_barrier) and earlier.verb != later.verb
    return is_at_barrier or not set(earlier.keys).isdisjoint(later.keys)
