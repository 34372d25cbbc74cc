"""The answer to a commit is lost: it had landed, had not, or lands late; each verb settles it by its rule."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from headwater import Move
from headwater.store import verbs
from headwater.store.requests import Request
from headwater.values import Fence
from tests.conformance.rows import run
from tests.faults.proxy import How
from tests.faults.scene import Scene, each_way, on_a_network


@on_a_network
@each_way
def test_register_is_run_again(scene: Scene, how: How) -> None:
    """
    A name gets one id, however the answer was lost.
    """
    ids = scene.losing(b"INSERT INTO changesources", how, lambda: scene.store.register(["git"]))

    assert scene.direct.find(["git"]) == ids
    assert [(2,)] == run(scene.database, "SELECT count(*) FROM changesources")


@on_a_network
@each_way
def test_a_claim_that_is_there_counts_as_won(scene: Scene, how: How) -> None:
    """
    The claimant is told that it won, under the token of the one open row of history.
    """
    won = scene.losing(b"COMMIT", how, lambda: scene.store.claim([scene.source], scene.master))

    assert [(scene.source, won[scene.source])] == run(
        scene.database, "SELECT open_source, id FROM claim_history WHERE open_source IS NOT NULL"
    )


@on_a_network
@each_way
def test_a_release_is_run_again(scene: Scene, how: How) -> None:
    """
    The claim is over, its holder is told that it released it, and history says so once.
    """
    token = scene.claim()
    released = scene.losing(b"COMMIT", how, lambda: scene.store.release({scene.source: token}, scene.master))

    assert [scene.source] == released
    assert scene.direct.sources(active=False) == scene.direct.sources()
    assert [("released",)] == run(scene.database, "SELECT why FROM claim_history")


@on_a_network
@each_way
def test_an_unconditional_release_is_run_again_on_the_same_claim(scene: Scene, how: How) -> None:
    """
    The claim that the first try had locked is over, and its holder is told.
    """
    scene.claim()

    assert {scene.source: scene.master.id} == scene.losing(
        b"COMMIT", how, lambda: scene.store.force_release([scene.source])
    )
    assert [("forced",)] == run(scene.database, "SELECT why FROM claim_history")


@on_a_network
def test_an_unconditional_release_never_hits_the_next_holder(scene: Scene) -> None:
    """
    The first try had landed, and somebody claimed the source before the second: that claim stays.
    """
    scene.claim()
    other = scene.direct.join("ci-b")
    scene.losing(
        b"COMMIT", "landed", lambda: scene.store.ask(verbs.unset(scene.source)), meanwhile=lambda: scene.claim(other)
    )

    assert [scene.source] == [source.id for source in scene.direct.sources(master=other)]


@on_a_network
@each_way
def test_join_makes_one_life(scene: Scene, how: How) -> None:
    """
    One master joins, with one heartbeat.
    """
    joined = scene.losing(b"COMMIT", how, lambda: scene.store.join("ci-b"))

    assert [scene.master.id, joined.id] == [master.id for master in scene.direct.masters()]
    assert 1 == joined.beat


@on_a_network
@each_way
@pytest.mark.parametrize("verb", ["leave", "expire", "inactive"])
def test_the_end_of_a_life_is_told_to_somebody(scene: Scene, how: How, verb: str) -> None:
    """
    Whoever ends a life is told that it did, and its claims have ended with it.
    """
    scene.claim()
    end: dict[str, Callable[[], Any]] = {
        "leave": lambda: scene.store.leave(scene.master),
        "expire": lambda: scene.store.expire(scene.master, beat=1),
        "inactive": lambda: _ask(scene, verbs.set_state(scene.master.id, active=False)) or None,
    }

    assert scene.losing(b"COMMIT", how, end[verb]) is not None
    assert [] == scene.direct.sources(active=True)


@on_a_network
@each_way
def test_a_heartbeat_is_run_again(scene: Scene, how: How) -> None:
    """
    A heartbeat whose answer was lost is confirmed in the end.
    """
    assert scene.losing(b"UPDATE heartbeats", how, lambda: scene.store.heartbeat(scene.master))


@on_a_network
@each_way
def test_a_change_is_recorded_once(scene: Scene, how: How) -> None:
    """
    A move is recorded once, under the number that its holder is told.
    """
    fence = Fence(source=scene.source, master=scene.master.id, token=scene.claim(), name=scene.master.name)
    scene.store.baseline(fence, {"refs/heads/main": "a" * 40})
    move = Move(ref="refs/heads/main", before="a" * 40, after="b" * 40)
    number = scene.losing(b"COMMIT", how, lambda: scene.store.record(fence, 1, move, 0))

    assert [number] == [change.number for change in scene.direct.changes()]
    assert {"refs/heads/main": "b" * 40} == scene.direct.position(scene.source)


def _ask(scene: Scene, request: Request[bool]) -> bool:
    return scene.store.ask(request)
