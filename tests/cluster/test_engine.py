"""The engine joins, beats, claims and hands back."""

from __future__ import annotations

import logging

import pytest

from headwater import DatabaseUnavailableError
from headwater.cluster.engine import Engine
from tests.cluster.listening import SOON, Ear, HeardStore
from tests.conformance.invariants import violations
from tests.conformance.rows import history


def few_looks(store: HeardStore) -> None:
    """
    Wait until the engine has looked three times more, one of them from its beginning on.
    """
    for _ in range(store.looks.qsize() + 3):
        store.looks.get(timeout=SOON)


def test_what_is_free_is_claimed_at_the_first_look(store: HeardStore, engine: Engine, ear: Ear) -> None:
    """
    Sources that are free when a master starts are its own after one look.
    """
    ids = {store.add("api"), store.add("web")}

    master = engine.start()
    gained = [ear.next_gained() for _ in ids]

    assert ["api", "web"] == store.looks.get(timeout=SOON)
    assert {(id_, master.id) for id_ in ids} == {(claim.fence.source, claim.fence.master) for claim in gained}
    assert ids == {source.id for source in store.sources(master=master)}


def test_a_claim_is_told_once(store: HeardStore, engine: Engine, ear: Ear) -> None:
    """
    A claim is told when it is won, and not again while it lasts.
    """
    store.add("api")
    engine.start()
    ear.next_gained()

    few_looks(store)

    assert ear.gained.empty()


def test_what_becomes_free_later(store: HeardStore, engine: Engine, ear: Ear) -> None:
    """
    What others release, or add, while an engine runs is claimed too.
    """
    other = store.join("ci-b")
    api = store.add("api")
    tokens = store.claim([api], other)
    engine.start()
    few_looks(store)

    store.release(tokens, other)
    first = ear.next_gained()
    web = store.add("web")
    second = ear.next_gained()

    assert [api, web] == [first.watched.id, second.watched.id]


def test_a_source_that_was_released_by_force(store: HeardStore, engine: Engine, ear: Ear) -> None:
    """
    A source that was taken away by force is claimed anew, under a higher token.
    """
    api = store.add("api")
    engine.start()
    before = ear.next_gained()

    store.force_release([api])
    after = ear.next_gained()

    assert (api, before.fence.master) == (after.fence.source, after.fence.master)
    assert after.fence.token > before.fence.token


def test_what_cannot_be_run_here(store: HeardStore, engine: Engine, ear: Ear) -> None:
    """
    Sources of other kinds, of other hosts, without settings or held by others are left alone.
    """
    store.claim([store.add("held")], store.join("ci-b"))
    store.register(["the connector's"])
    store.add("elsewhere", host="another-host")
    store.add("other", kind="svn")
    store.add("api")

    engine.start()
    gained = ear.next_gained()
    few_looks(store)

    assert "api" == gained.watched.name
    assert ear.gained.empty()


def test_heartbeats_advance(store: HeardStore, engine: Engine) -> None:
    """
    A running engine counts up the heartbeat of its master.
    """
    master = engine.start()

    beats = [store.beats.get(timeout=SOON) for _ in range(3)]

    later = store.master(master.id)
    assert [True, True, True] == beats
    assert later is not None
    assert (later.beat or 0) >= (master.beat or 0) + 3


def test_an_engine_that_stops(store: HeardStore, engine: Engine, ear: Ear) -> None:
    """
    An engine that stops releases its claims and leaves; those of others stay.
    """
    store.claim([store.add("held")], store.join("ci-b"))
    api = store.add("api")
    master = engine.start()
    ear.next_gained()

    engine.stop()

    left = store.master(master.id)
    assert [(master.id, "released")] == [row[1:] for row in history(store.url, api)]
    assert left is not None
    assert not left.active
    assert ["held"] == [source.name for source in store.sources(active=True)]
    assert [] == violations(store.url)


def test_stopping_twice(store: HeardStore, engine: Engine) -> None:
    """
    An engine may be stopped twice, or before it was started.
    """
    engine.stop()
    assert [] == store.masters()

    engine.start()
    engine.stop()
    engine.stop()

    assert [False] == [master.active for master in store.masters()]


def test_a_life_that_somebody_else_ended(store: HeardStore, engine: Engine, ear: Ear) -> None:
    """
    An engine whose master was marked inactive tells so once, claims nothing more, and can be stopped.
    """
    master = engine.start()

    store.leave(master)
    reason = ear.ended.get(timeout=SOON)
    store.add("api")
    engine.stop()

    assert f"master {master.name} was marked inactive by somebody else" == reason
    assert ear.ended.empty()
    assert [] == store.sources(active=True)
    assert [] == violations(store.url)


def test_a_database_that_is_away_for_a_while(
    store: HeardStore,
    engine: Engine,
    ear: Ear,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """
    A heartbeat or a look that fails is logged, and the next ones are tried all the same.
    """
    troubles = {"heartbeat": 2, "claimable": 2}

    def at_first_failing(verb: str) -> None:
        works = getattr(store, verb)

        def call(*args: object, **named: object) -> object:
            if troubles[verb]:
                troubles[verb] -= 1
                raise DatabaseUnavailableError("the database", f"no {verb}")
            return works(*args, **named)

        monkeypatch.setattr(store, verb, call)

    for verb in troubles:
        at_first_failing(verb)
    store.add("api")
    with caplog.at_level(logging.WARNING):
        engine.start()
        store.beats.get(timeout=SOON)
        ear.next_gained()

    assert ["claimable"] * 2 + ["heartbeat"] * 2 == sorted(record.message.split()[-1] for record in caplog.records)
    assert ear.ended.empty()


def test_two_engines_share(store: HeardStore, engine: Engine, ear: Ear) -> None:
    """
    A source that two engines want is told to one of them.
    """
    other_ear = Ear()
    other = Engine(store, name="ci-b", kinds=["git"], on_gain=other_ear.gained.put, on_end=other_ear.ended.put)
    engine.start()
    other.start()
    names = {f"source-{number}" for number in range(20)}

    for name in names:
        store.add(name)
    told = [next_of(ear, other_ear, store) for _ in names]
    few_looks(store)
    told_again = ear.gained.qsize() + other_ear.gained.qsize()
    other.stop()

    assert names == set(told)
    assert 0 == told_again


def next_of(ear: Ear, other: Ear, store: HeardStore) -> str:
    """
    Wait until one of two engines tells of a claim; return the name of the source.
    """
    while True:
        for heard in (ear, other):
            if not heard.gained.empty():
                return heard.next_gained().watched.name
        store.looks.get(timeout=SOON)
