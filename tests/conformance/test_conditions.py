"""Conditions: how the polls of each source go, as the youngest claim says."""

from __future__ import annotations

import pytest
from msgspec import structs

from headwater import Condition, Report, Store
from headwater.values import Fence
from tests.conformance.conftest import GIT
from tests.conformance.faces import STORES, new_name
from tests.conformance.holding import claim, claimed


def report_of(fence: Fence, **fields: object) -> Report:
    """
    Return a report that all is well, with these of its fields.
    """
    return Report(**({"source": fence.source, "token": fence.token, "state": "ok"} | fields))  # type: ignore[arg-type]


SAID = "'git' said: 😀 {now} %s :x"

FULL: dict[str, object] = {
    "state": "failing",
    "reason": SAID,
    "since_ago": 90_000,
    "attempts": 7,
    "checked_ago": 1_000,
    "succeeded_ago": 86_400_000,
    "next_in": 30_000,
    "checks_done": 3,
}


@STORES
def test_nothing_is_known_before_a_report(store: Store) -> None:
    """
    A source of which nobody has said anything has no condition, nor has one that is not there.
    """
    fence = claimed(store)

    assert [None] * 3 == [store.condition(id_) for id_ in (fence.source, 2**31, 0)]
    assert fence.source not in store.conditions()


@STORES
def test_a_report_is_told_in_the_databases_time(store: Store) -> None:
    """
    What a holder says is told as it said it, and its times are those of the database's clock.
    """
    fence = claimed(store)
    store.report([report_of(fence, **FULL)])

    told = store.condition(fence.source)
    assert told is not None
    now = told.since + 90_000
    assert abs(now // 1000 - store.master(fence.master).last_active) < 60  # type: ignore[union-attr]
    assert told == store.conditions()[fence.source]
    assert told == Condition(
        state="failing",
        reason=SAID,
        since=now - 90_000,
        attempts=7,
        checked_at=now - 1_000,
        succeeded_at=now - 86_400_000,
        next_at=now + 30_000,
        checks_done=3,
    )


@STORES
def test_the_next_report_takes_the_place(store: Store) -> None:
    """
    A later report of the same claim is all that is told, also of what it leaves out.
    """
    fence = claimed(store)
    store.report([report_of(fence, **FULL)])
    store.report([report_of(fence, state="broken", reason="gone")])

    told = store.condition(fence.source)
    assert told is not None
    assert told == Condition(state="broken", reason="gone", since=told.since)


@STORES
def test_an_older_claim_says_nothing_any_more(store: Store) -> None:
    """
    Once the holder of a younger claim has said something, what comes from an older one is not told.
    """
    old = claimed(store)
    store.report([report_of(old, state="failing")])
    store.force_release([old.source])
    young = claim(store, old.source, store.join(new_name()))
    store.report([report_of(old, state="broken")])
    before = store.condition(old.source)
    store.report([report_of(young, attempts=1)])
    store.report([report_of(old, state="failing", reason="late", attempts=9)])

    told = store.condition(old.source)
    assert before is not None
    assert told is not None
    assert ("broken", "ok", 1, "") == (before.state, told.state, told.attempts, told.reason)


@STORES
def test_many_reports_at_once(store: Store) -> None:
    """
    1,100 reports are taken in one go; those of what has no settings, or is not there, are left out.
    """
    name = new_name()
    ids = list(store.edit(add={f"{name} {number}": GIT for number in range(1100)}).values())
    (named,) = store.register([new_name()]).values()
    plain = Report(source=0, token=1, state="checking")
    store.report([structs.replace(plain, source=id_) for id_ in (*ids, named, 2**31, 2**31 - 1, 0)])

    conditions = store.conditions()
    assert set(ids) <= set(conditions)
    assert named not in conditions
    assert {"checking"} == {conditions[id_].state for id_ in ids}


@STORES
def test_no_report_at_all(store: Store) -> None:
    """
    Who has nothing to report reports nothing.
    """
    before = store.conditions()
    store.report([])

    assert before == store.conditions()


@STORES
def test_what_cannot_be_reported(store: Store) -> None:
    """
    A reason that no database can hold is refused.
    """
    with pytest.raises(ValueError, match="a reason cannot hold a NUL"):
        store.report([Report(source=1, token=1, state="ok", reason="a\0b")])
