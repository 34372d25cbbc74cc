"""Masters share what there is: who comes gets its part, who is drained gives all, and nothing moves while it runs."""

from __future__ import annotations

from headwater.store import clustering
from tests.cluster.conftest import Make
from tests.cluster.listening import HeardEngine, HeardStore
from tests.conformance.invariants import violations
from tests.conformance.rows import history


def drain(store: HeardStore, name: str, *, is_draining: bool = True) -> None:
    """
    Have masters of a given name hold nothing, or their share again.
    """
    store.ask(clustering.drain(store.database.limits, name, is_draining=is_draining))


def test_who_comes_gets_its_share(store: HeardStore, engine: HeardEngine, make: Make) -> None:
    """
    A master that comes later is handed over half of the sources, the oldest claims, and no more moves than that.
    """
    ids = store.add(*(f"source-{number}" for number in range(9)))
    engine.start()
    engine.holds(9)
    oldest = {engine.next_gained().fence.source for _ in ids[:4]}

    other = make("ci-b")
    other.start()
    moved = other.holds(4)
    for either in (engine, other, engine, other):
        either.heard.few_looks()

    assert oldest == moved
    assert set(ids) == engine.holds(5) | moved
    assert ["handed over"] * 4 == [history(store.url, id_)[0][2] for id_ in sorted(moved)]
    assert 9 + 4 == sum(len(history(store.url, id_)) for id_ in ids)
    assert [] == violations(store.url)


def test_nothing_is_handed_over_while_it_runs(store: HeardStore, engine: HeardEngine, make: Make) -> None:
    """
    A claim is given back when what ran under it has stopped, and not before.
    """
    ids = store.add("api", "web")
    engine.start()
    engine.holds(2)
    engine.is_busy = True
    other = make("ci-b")
    other.start()

    claim, why = engine.next_lost()
    engine.heard.few_looks()
    before = store.held_by(engine.master)
    engine.stopped(claim)

    assert "another master is to run it" == why
    assert set(ids) == before
    assert {claim.fence.source} == other.holds(1)
    assert "handed over" == claim.lost


def test_a_master_that_cannot_run_it_gets_nothing(store: HeardStore, engine: HeardEngine, make: Make) -> None:
    """
    Sources of a kind go to the masters that can run it, however few.
    """
    store.add("api", "web")
    store.add("old", kind="svn")
    engine.start()
    other = make("ci-b", kinds=["svn"])
    other.start()

    assert 2 == len(engine.holds(2))
    assert ["old"] == [source.name for source in store.sources() if source.id in other.holds(1)]
    engine.heard.few_looks()
    assert engine.lost_claims.empty()


def test_a_drained_master_hands_everything_over(store: HeardStore, engine: HeardEngine, make: Make) -> None:
    """
    Masters of a drained name give all they have to others at once, also what was claimed by name; and back later.
    """
    store.add("api", "web", "app")
    (named,) = store.register(["a name"]).values()
    engine.wanted[named] = "a name"
    engine.start()
    engine.holds(4)
    other = make("ci-b")
    other.start()
    other.holds(1)

    drain(store, "ci-a")
    engine.holds(0)
    other.holds(3)
    engine.wanted[named] = "a name"
    engine.heard.few_looks()
    before = history(store.url, named)
    drain(store, "ci-a", is_draining=False)
    engine.holds(2)

    assert ["handed over"] == [why for _, _, why in before]
    assert [] == violations(store.url)


def test_a_new_life_of_a_drained_name_stays_drained(store: HeardStore, engine: HeardEngine, make: Make) -> None:
    """
    A master that starts anew under a drained name claims nothing until it is drained no more.
    """
    drain(store, "ci-a")
    (api,) = store.add("api")
    engine.start()
    engine.heard.few_looks()
    engine.stop()
    second = make("ci-a")
    second.start()
    second.heard.few_looks()
    before = history(store.url, api)

    drain(store, "ci-a", is_draining=False)

    assert [] == before
    assert api == second.next_gained().fence.source
