"""Commits on their way into a change: staged in slices before it, told with it, swept if it never came."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import NullPool, create_engine, text

from headwater import DatabaseBusyError, Move, Store
from headwater.values import Fence
from tests.conformance.commits import ODD, commit
from tests.conformance.holding import FIRST, MAIN, claim, claimed, record
from tests.conformance.rows import run

SECOND = Move(ref=MAIN, before="b", after="c")

_RECORD = """
    INSERT INTO changes (number, changesourceid, token, move, ref, forced, commit_count, recorded_at)
    VALUES (1, :source, :token, :move, 'refs/heads/main', 0, 1, 0)"""


def test_commits_come_back_as_they_were(fresh_store: Store, fence: Fence) -> None:
    """
    Any text of any length in a commit comes back equal, and the commits in their order.
    """
    record(fresh_store, fence, 0, FIRST, ODD)
    (change,) = fresh_store.changes()

    assert ODD == list(change.commits)


def test_many_commits_are_staged_in_slices(fresh_store: Store, fence: Fence) -> None:
    """
    1,200 commits come back in their order, whether staged in one call, in several, or twice.
    """
    commits = [commit(f"Step {number}") for number in range(1200)]
    fresh_store.stage(fence, 0, 0, commits)
    for start in (800, 400, 0, 400):
        fresh_store.stage(fence, 1, start, commits[start : start + 400])
    fresh_store.record(fence, 0, FIRST, len(commits))
    fresh_store.record(fence, 1, SECOND, len(commits))

    assert [commits, commits] == [list(change.commits) for change in fresh_store.changes()]


def test_staged_commits_are_nobodys_change(fresh_store: Store, fence: Fence) -> None:
    """
    What is staged shows nowhere before its move is recorded.
    """
    fresh_store.stage(fence, 7, 0, [commit("unseen")])
    record(fresh_store, fence, 8, FIRST, [commit("seen")])

    assert [["seen"]] == [[one.message for one in change.commits] for change in fresh_store.changes()]


def test_a_sweep_takes_what_earlier_holders_abandoned(fresh_store: Store, fence: Fence, database: str) -> None:
    """
    A sweep deletes what was staged for the source and not recorded; what was recorded, or is another's, stays.
    """
    other = claimed(fresh_store)
    record(fresh_store, fence, 0, FIRST, [commit("recorded")])
    fresh_store.stage(fence, 1, 0, [commit("abandoned")])
    fresh_store.stage(other, 0, 0, [commit("of another source")])
    fresh_store.force_release([fence.source])
    successor = claim(fresh_store, fence.source, fresh_store.join("successor"))
    record(fresh_store, successor, 0, SECOND, [commit("recorded by the successor")])
    fresh_store.stage(successor, 1, 0, [commit("half of its own")])

    for _ in range(2):
        fresh_store.sweep(successor)

    assert [("of another source",), ("recorded",), ("recorded by the successor",)] == run(
        database, "SELECT message FROM commits ORDER BY message"
    )


def test_a_sweep_waits_for_a_record_that_is_on_its_way(fresh_store: Store, fence: Fence, database: str) -> None:
    """
    While a transaction may still record a move, its commits stay; afterwards the change has them.
    """
    fresh_store.stage(fence, 1, 0, [commit("on its way")])
    with on_its_way(database, fence, 1), pytest.raises(DatabaseBusyError):
        fresh_store.sweep(fence)

    fresh_store.sweep(fence)

    assert [("on its way",)] == run(database, "SELECT message FROM commits")


@contextmanager
def on_its_way(database: str, fence: Fence, move: int) -> Iterator[None]:
    """
    Have recorded a move, but not committed, as somebody who has lost the connection; commit in the end.
    """
    shared = {"postgresql": " FOR SHARE", "sqlite": ""}.get(database.partition(":")[0], " LOCK IN SHARE MODE")
    engine = create_engine(database, poolclass=NullPool)
    with engine.begin() as connection:
        given = {"source": fence.source, "token": fence.token, "move": move}
        locking = text(f"SELECT masterid FROM changesource_masters WHERE changesourceid = :source{shared}")
        connection.execute(locking, given).all()
        connection.execute(text(_RECORD), given)
        yield
