"""What masters tell each other through the registry: heartbeats with shares, who lives, who holds what, who drains."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from msgspec import structs

from headwater import Master, Store, WrongKindError
from headwater.identity import host, machine
from headwater.store import clustering
from headwater.store.engine import open_engine, parse
from headwater.store.setup import upgrade
from headwater.values import Peer, Share, Watched
from tests.conformance import buildbot_tables
from tests.conformance.conftest import GIT
from tests.conformance.faces import StoreFace, new_name
from tests.conformance.rows import history, run, run_all
from tests.store.migrating import migrate


@pytest.fixture
def face(blocking: StoreFace) -> StoreFace:
    """
    The face that the cluster engine uses.
    """
    return blocking


def beat(store: Store, life: Master, **shares: Share) -> bool:
    """
    Prove that a life goes on, and say what it holds.
    """
    return store.ask(clustering.heartbeat(store.database.limits, life, shares))


def living(store: Store) -> dict[int, Peer]:
    """
    Return the masters whose life goes on, by their ids.
    """
    peers = store.ask(clustering.living(store.database.limits))
    assert [peer.id for peer in peers] == sorted({peer.id for peer in peers})
    return {peer.id: peer for peer in peers}


def drain(store: Store, name: str, *, is_draining: bool = True) -> None:
    """
    Have masters of a given name hold nothing, or their share again.
    """
    store.ask(clustering.drain(store.database.limits, name, is_draining=is_draining))


def test_a_heartbeat_says_what_is_held(store: Store, life: Master) -> None:
    """
    What a master says with its heartbeat is what the others see; one that has not beaten says nothing.
    """
    joined = living(store)[life.id]
    shares = {"git": Share(held=7, want=2), "git@here": Share()}
    was_counted = beat(store, life, **shares)

    seen = living(store)[life.id]
    assert was_counted
    assert ({}, shares) == (joined.shares, seen.shares)
    assert (joined.beat + 1, 0, False) == (seen.beat, seen.claims_version, seen.is_draining)
    assert (life.name, life.given_name) == (seen.name, seen.given_name)
    assert (host(), os.getpid(), machine()) == (seen.host, seen.pid, seen.machine)


@pytest.mark.parametrize("how", ["left", "expired"])
def test_who_is_over_does_not_live(store: Store, life: Master, how: str) -> None:
    """
    A life that is over is seen by nobody, and its heartbeat is refused.
    """
    if how == "left":
        store.leave(life)
    else:
        store.expire(life, beat=1)

    assert life.id not in living(store)
    assert not beat(store, life, git=Share(held=1))


def test_only_who_joined_is_seen(store: Store, life: Master, shared_database: str) -> None:
    """
    A master without a heartbeat, as Buildbot has them, is none of the living.
    """
    name = new_name()
    run(
        shared_database,
        "INSERT INTO masters (name, name_hash, active, last_active) VALUES (:name, :hash, 1, 0)",
        name=name,
        hash=name[-40:],
    )

    seen = living(store)

    assert life.id in seen
    assert name not in {peer.name for peer in seen.values()}


def test_what_is_held(store: Store, life: Master, sources: list[int]) -> None:
    """
    The claims of a master are told with their tokens and settings, the oldest first, and nobody else's.
    """
    first, second, third = sources
    store.claim([third], store.join(new_name()))
    tokens = {**store.claim([second], life), **store.claim([first], life)}

    held = store.ask(clustering.held(store.database.limits, life))

    (configured,) = store.find([source.name for source in store.sources(master=life) if source.id == second])
    watched = Watched(id=second, name=configured, settings=GIT, holder=life.id)
    assert [(second, tokens[second], watched), (first, tokens[first], None)] == [
        (one.source, one.token, one.watched) for one in held
    ]
    assert [] == store.ask(clustering.held(store.database.limits, structs.replace(life, name=new_name())))


def test_a_hand_over(store: Store, life: Master, sources: list[int], shared_database: str) -> None:
    """
    A claim that is handed over is free for anybody, and the history says how it ended.
    """
    tokens = store.claim(sources, life)

    ended = store.ask(clustering.hand_over(store.database.limits, tokens, life))

    other = store.join(new_name())
    assert sources == sorted(ended)
    assert [[(tokens[id_], life.id, "handed over")] for id_ in sources] == [
        history(shared_database, id_) for id_ in sources
    ]
    assert set(sources) == set(store.claim(sources, other))


def test_only_ones_own_claims_are_handed_over(store: Store, life: Master, sources: list[int]) -> None:
    """
    A hand-over leaves claims alone that are another master's or have another token.
    """
    mine, theirs, again = sources
    tokens = store.claim([mine, again], life)
    other = store.join(new_name())
    their_tokens = store.claim([theirs], other)
    old = tokens[again]
    store.force_release([again])
    store.claim([again], life)

    named = {mine: tokens[mine], theirs: their_tokens[theirs], again: old}
    ended = store.ask(clustering.hand_over(store.database.limits, named, life))

    assert [mine] == ended
    assert {theirs} == {source.id for source in store.sources(master=other)}
    assert {again} == {source.id for source in store.sources(master=life)}


def test_a_hand_over_of_many(store: Store, life: Master) -> None:
    """
    More claims than fit into one batch are handed over by one call.
    """
    ids = store.register([f"{new_name()} {number}" for number in range(1100)]).values()
    tokens = store.claim(ids, life)

    ended = store.ask(clustering.hand_over(store.database.limits, tokens, life))

    assert sorted(ids) == sorted(ended)
    assert [] == store.sources(master=life)


@pytest.mark.parametrize(
    "end",
    [
        lambda store, life, tokens: store.release(tokens, life),
        lambda store, life, tokens: store.ask(clustering.hand_over(store.database.limits, tokens, life)),
        lambda store, _, tokens: store.force_release(tokens),
    ],
    ids=["released", "handed over", "forced"],
)
def test_the_version_of_claims_grows(
    store: Store, life: Master, sources: list[int], end: Callable[[Store, Master, dict[int, int | None]], object]
) -> None:
    """
    A master sees by one number that claims of it have ended, whoever ended them; that of others stays.
    """
    other = store.join(new_name())
    store.claim(sources[1:], other)
    tokens = store.claim(sources[:1], life)
    before = living(store)

    end(store, life, tokens)

    after = living(store)
    assert before[life.id].claims_version < after[life.id].claims_version
    assert before[other.id].claims_version == after[other.id].claims_version


def test_masters_drain_by_their_given_name(store: Store, life: Master) -> None:
    """
    All lives of a given name drain, those that join later too, until that is taken back; saying it twice is no more.
    """
    name = str(life.given_name)
    other = store.join(new_name())
    drain(store, name)
    drain(store, name)
    later = store.join(name)

    draining = {id_: peer.is_draining for id_, peer in living(store).items()}
    drain(store, name, is_draining=False)
    drain(store, name, is_draining=False)

    assert (True, True, False) == (draining[life.id], draining[later.id], draining[other.id])
    assert not living(store)[life.id].is_draining


def test_a_name_may_drain_before_anybody_has_it(store: Store) -> None:
    """
    A given name can be drained before its first master joins.
    """
    name = new_name()

    drain(store, name)

    joined = store.join(name)
    assert living(store)[joined.id].is_draining


def test_what_cannot_be_drained(store: Store) -> None:
    """
    Names and flags are checked before anything is asked.
    """
    with pytest.raises(TypeError, match="a name is a str"):
        drain(store, 5)  # type: ignore[arg-type] # that is the point
    with pytest.raises(TypeError, match="is_draining"):
        drain(store, "ci", is_draining=1)  # type: ignore[arg-type] # that is the point


def test_there_is_no_cluster_on_buildbots_tables(empty_database: str) -> None:
    """
    Each verb of the cluster is refused on Buildbot's database.
    """
    buildbot_tables.create(empty_database)
    with Store(empty_database) as store:
        limits = store.database.limits
        master = Master(id=1, name="ci", active=True, last_active=0)
        verbs: list[Callable[[], object]] = [
            lambda: clustering.heartbeat(limits, master, {}),
            lambda: clustering.living(limits),
            lambda: clustering.held(limits, master),
            lambda: clustering.hand_over(limits, {1: 1}, master),
            lambda: clustering.drain(limits, "ci", is_draining=True),
        ]
        for verb in verbs:
            with pytest.raises(WrongKindError, match="is Buildbot's database"):
                verb()


def test_a_master_that_joined_before_the_upgrade(database: str) -> None:
    """
    A life that an older version began goes on after the upgrade: it is seen, may beat, and says then what it holds.
    """
    migrate(database, "0002")
    run_all(
        database,
        "INSERT INTO masters (name, name_hash, active, last_active) VALUES ('ci#1', 'hash', 1, 0)",
        "INSERT INTO heartbeats (masterid, name, beat, beat_at) SELECT id, name, 5, 0 FROM masters",
        "INSERT INTO master_facts (masterid, given_name, host, pid, version, joined_at)"
        " SELECT id, 'ci', 'far', 7, '0.1', 0 FROM masters",
    )
    upgrade(*open_engine(parse(database)))

    with Store(database) as store:
        before = living(store)[1]
        life = Master(id=1, name="ci#1", active=True, last_active=0)
        was_counted = beat(store, life, git=Share(held=1))
        after = living(store)[1]

    assert Peer(id=1, name="ci#1", given_name="ci", beat=5, host="far", pid=7) == before
    assert was_counted
    assert (6, {"git": Share(held=1)}) == (after.beat, after.shares)
