"""The engine joins, beats, claims and hands back."""

from __future__ import annotations

from headwater.store import verbs
from tests.cluster.conftest import Make
from tests.cluster.listening import SOON, HeardEngine, HeardStore
from tests.conformance.invariants import violations
from tests.conformance.rows import history


def test_what_is_free_is_claimed_at_the_first_look(store: HeardStore, engine: HeardEngine) -> None:
    """
    Sources that are free when a master starts are its own after one look.
    """
    ids = store.add("api", "web")

    master = engine.start()
    gained = [engine.next_gained() for _ in ids]

    assert ["api", "web"] == engine.heard.looks.get(timeout=SOON)
    assert {(id_, master.id) for id_ in ids} == {(claim.fence.source, claim.fence.master) for claim in gained}
    assert set(ids) == store.held_by(master)


def test_a_claim_is_told_once(store: HeardStore, engine: HeardEngine) -> None:
    """
    A claim is told when it is won, and not again while it lasts.
    """
    store.add("api")
    engine.start()
    claim = engine.next_gained()

    engine.heard.few_looks()

    assert claim.may_act
    assert engine.gained.empty()
    assert engine.lost_claims.empty()


def test_what_becomes_free_later(store: HeardStore, engine: HeardEngine) -> None:
    """
    What others release, or add, while an engine runs is claimed too.
    """
    other = store.join("ci-b")
    (api,) = store.add("api")
    tokens = store.claim([api], other)
    engine.start()
    engine.heard.few_looks()

    store.release(tokens, other)
    first = engine.next_gained()
    (web,) = store.add("web")
    second = engine.next_gained()

    assert [api, web] == [first.watched.id, second.watched.id]


def test_a_source_that_was_released_by_force(store: HeardStore, engine: HeardEngine) -> None:
    """
    A source that was taken away by force is told as lost, and claimed anew under a higher token.
    """
    (api,) = store.add("api")
    engine.start()
    before = engine.next_gained()

    store.force_release([api])
    lost, after = engine.next_lost(), engine.next_gained()

    assert (before, "somebody else has ended the claim") == lost
    assert not before.may_act
    assert (api, before.fence.master) == (after.fence.source, after.fence.master)
    assert after.token > before.token


def test_a_claim_that_went_to_somebody_else(store: HeardStore, engine: HeardEngine) -> None:
    """
    A claim that somebody else has ended is told as lost, also if nothing is free afterwards; the others go on.
    """
    api, web = store.add("api", "web")
    engine.start()
    claims = {claim.fence.source: claim for claim in (engine.next_gained(), engine.next_gained())}
    other = store.join("ci-b")

    # Not a free moment between: who holds it is changed under the engine's feet.
    engine.heard.away[verbs.CLAIMABLE] = 1000
    store.force_release([api])
    store.claim([api], other)
    lost = engine.next_lost()

    assert claims[api] is lost.claim
    assert claims[web].may_act
    assert {web} == store.held_by(engine.master)


def test_what_cannot_be_run_here(store: HeardStore, engine: HeardEngine) -> None:
    """
    Sources of other kinds, of other hosts, without settings or held by others are left alone.
    """
    store.claim(store.add("held"), store.join("ci-b"))
    store.register(["the connector's"])
    store.add("elsewhere", host="another-host")
    store.add("other", kind="svn")
    store.add("api")

    engine.start()
    gained = engine.next_gained()
    engine.heard.few_looks()

    assert "api" == gained.watched.name
    assert engine.gained.empty()


def test_an_answer_that_was_lost(store: HeardStore, engine: HeardEngine) -> None:
    """
    A claim that was won by a call whose answer never came is told when the engine compares.
    """
    master = engine.start()
    engine.heard.few_looks()
    api, web = store.register(["api", "web"]).values()
    tokens = store.claim([api, web], master)
    store.add("api")

    # A look that failed makes it compare; nobody else ever claims for this master.
    engine.heard.away[verbs.CLAIMABLE] = 1
    gained = engine.next_gained()
    engine.heard.few_looks()

    assert (api, tokens[api]) == (gained.fence.source, gained.token)
    assert engine.gained.empty()


def test_heartbeats_advance(store: HeardStore, engine: HeardEngine) -> None:
    """
    A running engine counts up the heartbeat of its master.
    """
    master = engine.start()

    beats = [engine.heard.beats.get(timeout=SOON) for _ in range(3)]

    later = store.master(master.id)
    assert [True, True, True] == beats
    assert later is not None
    assert (later.beat or 0) >= (master.beat or 0) + 3


def test_an_engine_that_stops(store: HeardStore, engine: HeardEngine) -> None:
    """
    An engine that stops releases its claims and leaves; those of others stay.
    """
    store.claim(store.add("held"), store.join("ci-b"))
    (api,) = store.add("api")
    master = engine.start()
    claim = engine.next_gained()

    engine.stop()

    left = store.master(master.id)
    assert [(master.id, "released")] == [row[1:] for row in history(store.url, api)]
    assert left is not None
    assert not left.active
    assert (False, "this master has left") == (claim.may_act, claim.lost)
    assert ["held"] == [source.name for source in store.sources(active=True)]
    assert [] == violations(store.url)


def test_stopping_twice(store: HeardStore, engine: HeardEngine) -> None:
    """
    An engine may be stopped twice, or before it was started.
    """
    engine.stop()
    assert [] == store.masters()

    engine.start()
    engine.stop()
    engine.stop()

    assert engine.master is None
    assert [False] == [master.active for master in store.masters()]


def test_a_life_that_somebody_else_ended(store: HeardStore, engine: HeardEngine) -> None:
    """
    An engine whose master was ended by others tells its claims as lost, joins anew, and claims under the new life.
    """
    (api,) = store.add("api")
    first = engine.start()
    before = engine.next_gained()

    store.leave(first)
    lost, after = engine.next_lost(), engine.next_gained()

    second = engine.master
    assert second is not None
    assert first.id != second.id
    assert (before, "this master was expired") == lost
    assert (False, True) == (before.may_act, after.may_act)
    assert (second.id, second.name) == (after.fence.master, after.fence.name)
    assert {api} == store.held_by(second)
    assert [] == violations(store.url)


def test_joining_anew_is_tried_again(store: HeardStore, engine: HeardEngine) -> None:
    """
    An engine that cannot join anew at once tries again.
    """
    store.add("api")
    master = engine.start()
    engine.next_gained()

    engine.heard.away[verbs.JOIN] = 2
    store.leave(master)

    assert engine.next_gained().fence.master != master.id
    assert 0 == engine.heard.away[verbs.JOIN]


def test_two_engines_share(store: HeardStore, engine: HeardEngine, make: Make) -> None:
    """
    Sources that two engines want are each told to one of them, and to each its half.
    """
    other = make("ci-b")
    engine.start()
    other.start()
    engine.heard.few_looks()
    other.heard.few_looks()

    ids = set(store.add(*(f"source-{number}" for number in range(20))))

    assert ids == engine.holds(10) | other.holds(10)
