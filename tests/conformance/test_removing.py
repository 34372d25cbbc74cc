"""Removing sources: what was recorded stays in the feed, everything else is gone, and nobody is left with a claim."""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor

import pytest

from headwater import ClaimLostError, Master, Move, Settings, Store, UnknownChangeSourceError
from headwater.values import Fence, Report
from tests.conformance.holding import FIRST, MAIN, claim, claimed, record
from tests.conformance.rows import history, run

GIT = Settings(kind="git", url="https://example.com/api.git")


def test_a_removed_source_is_gone(fresh_store: Store, fence: Fence, database: str) -> None:
    """
    Its claim has ended, its holder can record nothing, nobody finds it; a source with its name is a new one.
    """
    (name,) = (source.name for source in fresh_store.sources())
    fresh_store.report([Report(source=fence.source, token=fence.token, state="ok")])
    before = run(database, "SELECT claims_version FROM master_facts")
    fresh_store.edit(remove=[fence.source])
    again = fresh_store.edit(add={name: GIT})

    with pytest.raises(ClaimLostError):
        record(fresh_store, fence, 0, FIRST)
    assert again[name] > fence.source
    assert [(fence.token, fence.master, "removed")] == history(database, fence.source)
    assert before < run(database, "SELECT claims_version FROM master_facts")
    assert {} == fresh_store.conditions()
    assert (None, None) == (fresh_store.brief(fence.source), fresh_store.position(fence.source))
    assert [] == run(database, "SELECT * FROM positions")
    assert set(again.values()) == set(fresh_store.claim(again.values(), fresh_store.join("ci")))


def test_the_feed_keeps_what_was_recorded(fresh_store: Store, fence: Fence) -> None:
    """
    Changes of a source that was removed stay in the feed, under its last name.
    """
    record(fresh_store, fence, 0, FIRST)
    other = claimed(fresh_store)
    fresh_store.baseline(other, {MAIN: "x"})
    record(fresh_store, other, 0, Move(ref=MAIN, before="x", after="y"))
    fresh_store.edit(change={fence.source: ("last", GIT)})
    fresh_store.edit(remove=[fence.source])

    assert [(1, fence.source, "last"), (2, other.source)] == [
        (change.number, change.source, *(["last"] if change.source_name == "last" else []))
        for change in fresh_store.changes()
    ]


def test_removing_while_others_claim(fresh_store: Store, database: str) -> None:
    """
    However a removal and claims of the same sources meet, no claim is left behind, and nobody gets a strange error.
    """
    with Store(database) as other:
        life = other.join("ci")
        for turn in range(15):
            ids = list(fresh_store.edit(add={f"{turn} {number}": GIT for number in range(3)}).values())
            with ThreadPoolExecutor(2) as pool:
                claiming = pool.submit(_claim_each, other, ids, life)
                pool.submit(fresh_store.edit, remove=ids).result()
                claiming.result()

    assert [] == fresh_store.sources()
    assert [] == run(database, "SELECT * FROM changesource_masters")


def _claim_each(store: Store, ids: list[int], life: Master) -> None:
    for id_ in ids:
        with contextlib.suppress(UnknownChangeSourceError):
            store.claim([id_], life)


def test_claims_after_a_removal_are_of_the_new_source(fresh_store: Store) -> None:
    """
    The holder of a source with the name of a removed one has nothing of what that one had.
    """
    fence = claimed(fresh_store)
    fresh_store.baseline(fence, {MAIN: "a"})
    (name,) = (source.name for source in fresh_store.sources())
    fresh_store.edit(remove=[fence.source])
    (id_,) = fresh_store.edit(add={name: GIT}).values()
    successor = claim(fresh_store, id_, fresh_store.join("ci"))

    brief = fresh_store.brief(id_)
    assert brief is not None
    assert (None, None) == (brief.refs, brief.selection)
    assert successor.token > fence.token
