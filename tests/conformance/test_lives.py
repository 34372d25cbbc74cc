"""A master is one life: how it begins, is proved, and ends, and what becomes of its claims."""

from __future__ import annotations

import os
from collections.abc import Callable

import msgspec
import pytest

from headwater import LifeOverError, Master, MasterInactiveError, Store, UnknownMasterError
from headwater.identity import host
from tests.conformance.faces import STORES, ConnectorFace, new_name
from tests.conformance.rows import history, mark, run

pytestmark = STORES

End = Callable[[Store, Master], list[int] | None]


def leave(store: Store, life: Master) -> list[int] | None:
    """
    End a life as its master does.
    """
    return store.leave(life)


def expire(store: Store, life: Master) -> list[int] | None:
    """
    End a life as another master does that has watched its heartbeat.
    """
    return store.expire(life, beat=beat_of(store, life))


either_end = pytest.mark.parametrize("end", [leave, expire])


def beat_of(store: Store, life: Master) -> int:
    """
    Return how many heartbeats of a life were counted.
    """
    found = store.master(life.id)
    assert found is not None
    assert found.beat is not None
    return found.beat


def test_every_join_is_a_new_life(store: Store) -> None:
    """
    Each join gives an active master of its own, also under the same given name, and says who it is.
    """
    first, second = store.join("ci"), store.join("ci")

    assert len({first.id, second.id}) == len({first.name, second.name}) == 2
    for life in (first, second):
        assert (True, "ci", host(), os.getpid(), 1) == (life.active, life.given_name, life.host, life.pid, life.beat)
        assert life.silent_ms is not None
        assert 0 <= life.silent_ms < 10_000
        assert life in [msgspec.structs.replace(found, silent_ms=life.silent_ms) for found in store.masters()]


@either_end
def test_the_heart_beats_until_the_life_is_over(store: Store, life: Master, end: End) -> None:
    """
    A heartbeat is counted and answered with True while the life goes on, then with False and not counted.
    """
    alive = [store.heartbeat(life) for _ in range(3)]
    end(store, life)

    assert [True, True, True, False] == [*alive, store.heartbeat(life)]
    assert 4 == beat_of(store, life)


def test_expiry_needs_the_beat_that_was_seen(store: Store, life: Master, sources: list[int]) -> None:
    """
    Who saw an older heartbeat expires nobody; who saw the newest one does.
    """
    store.claim(sources, life)
    seen = beat_of(store, life)
    store.heartbeat(life)

    assert None is store.expire(life, beat=seen)
    assert store.heartbeat(life)
    assert sources == [source.id for source in store.sources(master=life)]
    assert sources == store.expire(life, beat=seen + 2)


@either_end
def test_the_end_of_a_life_frees_its_claims(
    store: Store, life: Master, sources: list[int], end: End, shared_database: str
) -> None:
    """
    Leaving or being expired makes the master inactive and its sources free, and says in the history why.
    """
    tokens = store.claim(sources, life)
    before = {watched.id for watched in store.claimable(host="anywhere", kinds=["git"])}

    assert sources == end(store, life)
    assert [] == store.sources(master=life)
    found = store.master(life.id)
    assert found is not None
    assert not found.active
    why = "released" if end is leave else "expired"
    assert [[(tokens[id_], life.id, why)] for id_ in sources] == [history(shared_database, id_) for id_ in sources]
    after = {watched.id for watched in store.claimable(host="anywhere", kinds=["git"])}
    assert {sources[1]} == after - before


@either_end
def test_a_life_ends_once(store: Store, life: Master, sources: list[int], end: End, shared_database: str) -> None:
    """
    Who comes second to the end of a life changes nothing, and is told None.
    """
    store.claim(sources, life)
    end(store, life)
    record = (
        "SELECT h.*, m.active, m.last_active FROM heartbeats h JOIN masters m ON m.id = h.masterid WHERE m.id = :id"
    )
    before = run(shared_database, record, id=life.id), [history(shared_database, id_) for id_ in sources]

    assert (None, None) == (leave(store, life), expire(store, life))
    assert before == (run(shared_database, record, id=life.id), [history(shared_database, id_) for id_ in sources])


@either_end
def test_only_its_own_claims_end(store: Store, life: Master, sources: list[int], end: End) -> None:
    """
    The claims of other masters outlive a life.
    """
    mine, theirs, _ = sources
    survivor = store.join(new_name())
    store.claim([mine], life)
    store.claim([theirs], survivor)

    assert [mine] == end(store, life)
    assert [theirs] == [source.id for source in store.sources(master=survivor)]


@either_end
def test_a_life_that_is_over_claims_nothing(store: Store, life: Master, sources: list[int], end: End) -> None:
    """
    A master that has left or was expired is told so when it claims, whether the source is free, held or left.
    """
    free, held, left = sources
    holder, gone = store.join(new_name()), store.join(new_name())
    store.claim([held], holder)
    store.claim([left], gone)
    end(store, life)
    end(store, gone)

    for claimed in ([free], [held], [left], sources):
        for claimant in (life, life.id):
            with pytest.raises(MasterInactiveError, match=f"master {life.id} is inactive"):
                store.claim(claimed, claimant)
    assert [None, holder.id, None] == [source.holder for source in map(store.source, sources) if source]


def test_a_master_is_known_by_id_and_name(store: Store, life: Master, sources: list[int]) -> None:
    """
    With the right id and another life's name one can neither claim, beat, expire, leave nor release.
    """
    free, held, _ = sources
    tokens = store.claim([held], life)
    stranger = msgspec.structs.replace(life, name=new_name())

    for claimed in ([free], [held]):
        with pytest.raises(UnknownMasterError, match=f"no master {life.id}"):
            store.claim(claimed, stranger)
    assert [False, None, None] == [store.heartbeat(stranger), expire(store, stranger), store.leave(stranger)]
    assert [] == store.release(tokens, stranger)
    assert {free: None, held: life.id} == {id_: source.holder for id_ in (free, held) if (source := store.source(id_))}
    assert store.heartbeat(life)


def test_an_unknown_master_has_no_life(store: Store, life: Master) -> None:
    """
    A master that nobody knows has no heartbeat to be counted, and no life to be ended.
    """
    for id_ in (0, -1, 2**31 - 1, 2**31, 2**63, 2**200):
        unknown = msgspec.structs.replace(life, id=id_)

        assert [False, None, None] == [store.heartbeat(unknown), store.expire(unknown, beat=1), store.leave(unknown)]


@either_end
def test_a_life_that_is_over_stays_over(store: Store, life: Master, end: End, connector: ConnectorFace) -> None:
    """
    The connector cannot set a life active again: a life that is over is followed by a new one.
    """
    end(store, life)

    with pytest.raises(LifeOverError, match=f"master {life.id} is one life"):
        connector.wait_for(connector.db.masters.setMasterState, life.id, active=True)
    assert not store.heartbeat(life)
    assert not (connector.master(life.id) or {})["active"]


def test_the_connector_can_end_a_life(
    store: Store, life: Master, sources: list[int], connector: ConnectorFace, shared_database: str
) -> None:
    """
    A life that the connector marks inactive is over, with its claims; that it was active was nothing to change.
    """
    set_state = connector.db.masters.setMasterState
    store.claim(sources, life)

    changed = [connector.wait_for(set_state, life.id, active=active) for active in (True, False, False)]

    assert [False, True, False] == changed
    assert (False, None) == (store.heartbeat(life), store.leave(life))
    assert [[(life.id, "expired")]] * 3 == [[row[1:] for row in history(shared_database, id_)] for id_ in sources]


def test_a_master_without_a_heartbeat_is_not_expired(
    store: Store, sources: list[int], connector: ConnectorFace
) -> None:
    """
    A master that only the connector knows has no heartbeat that could have stopped: it keeps its claims.
    """
    id_ = connector.new_master(new_name())
    tokens = store.claim(sources, id_)
    master = store.master(id_)

    assert master is not None
    assert None is master.beat
    assert [None, None, False] == [store.expire(master, beat=1), store.leave(master), store.heartbeat(master)]
    assert sources == store.release(tokens, id_)


def test_claims_that_an_inactive_master_left_are_swept(
    store: Store, life: Master, sources: list[int], shared_database: str
) -> None:
    """
    Claims of masters that are inactive, by whatever way, can be ended; those of active ones stay.
    """
    mine, theirs, _ = sources
    survivor = store.join(new_name())
    store.claim([mine], life)
    store.claim([theirs], survivor)
    mark(shared_database, life.id, active=False)

    swept = store.release_left()

    assert (True, False) == (mine in swept, theirs in swept)
    assert [(life.id, "expired")] == [row[1:] for row in history(shared_database, mine)]
    assert [] == store.release_left()


def test_lives_are_forgotten_after_a_day(store: Store, life: Master, shared_database: str) -> None:
    """
    A life that was over a day ago goes, with all that was known of it; a younger one stays.
    """
    younger = store.join(new_name())
    for one in (life, younger):
        store.leave(one)
    day = 24 * 3600 * 1000 + 1000
    run(shared_database, "UPDATE heartbeats SET ended_at = ended_at - :day WHERE masterid = :id", day=day, id=life.id)

    assert [life.id] == store.forget()
    assert None is store.master(life.id)
    assert None is not store.master(younger.id)
