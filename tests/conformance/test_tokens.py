"""What a claim gives its master: a token that only grows, and that a release has to show."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from headwater import Settings, Store, UnknownChangeSourceError
from tests.conformance.faces import STORES, new_name
from tests.conformance.rows import history, mark

pytestmark = STORES


@pytest.fixture
def ids(store: Store) -> list[int]:
    """
    Four sources.
    """
    return list(store.register([new_name() for _ in range(4)]).values())


def holders(store: Store, ids: list[int]) -> list[int | None]:
    """
    Return who holds each source.
    """
    return [source.holder for source in map(store.source, ids) if source is not None]


def ended_in_every_way(store: Store, source: int, url: str) -> Iterator[int | None]:
    """
    Claim a source again and again, and end each claim in another way; yield the tokens.
    """
    for way in ("release", "release", "force", "leave", "expire", "mark inactive", "release", "mark inactive", "leave"):
        master = store.join(new_name())
        token = store.claim([source], master)[source]
        yield token
        match way:
            case "release":
                store.release({source: token}, master)
            case "force":
                store.force_release([source])
            case "leave":
                store.leave(master)
            case "expire":
                store.expire(master, beat=1)
            case "mark inactive":  # the next claim takes over
                mark(url, master.id, active=False)


def test_tokens_grow_with_every_claim(store: Store, source: int, shared_database: str) -> None:
    """
    Each claim of a source has a larger token than the one before, whoever claims, however that one ended.
    """
    tokens = list(ended_in_every_way(store, source, shared_database))

    assert tokens == [row[0] for row in history(shared_database, source)]
    assert sorted({token for token in tokens if token is not None}) == tokens


def test_a_refused_claim_is_left_out(store: Store, ids: list[int], master: int, other: int) -> None:
    """
    A claim returns the tokens of what it won: not of what another active master holds, nor of what was its own.
    """
    theirs, mine, *free = ids
    store.claim([theirs], other)
    store.claim([mine], master)

    won = store.claim(ids, master)

    assert set(free) == set(won)
    assert all(isinstance(token, int) for token in won.values())
    assert [other, master, master, master] == holders(store, ids)


def test_what_an_inactive_master_left_is_won(store: Store, ids: list[int], master: int, shared_database: str) -> None:
    """
    One claim wins what is free and takes over what an inactive master holds.
    """
    left, *_ = ids
    gone = store.join(new_name())
    store.claim([left], gone)
    mark(shared_database, gone.id, active=False)

    assert set(ids) == set(store.claim(ids, master))
    assert [master] * 4 == holders(store, ids)
    assert [(gone.id, "taken over"), (master, None)] == [row[1:] for row in history(shared_database, left)]


def test_an_unknown_source_fails_the_whole_claim(store: Store, ids: list[int], master: int) -> None:
    """
    A claim that names an id which is no source's wins nothing.
    """
    for unknown in (2**31 - 1, 2**31, 0, -1):
        with pytest.raises(UnknownChangeSourceError, match=f"no change source {unknown}$"):
            store.claim([*ids, unknown], master)

    assert [None] * 4 == holders(store, ids)


def test_many_sources_are_claimed_at_once(store: Store, master: int) -> None:
    """
    1,200 sources are registered, claimed and released in one call each, also where an id is given twice.
    """
    names = [new_name() for _ in range(1200)]
    ids = list(store.register(names).values())

    won = store.claim([*ids, *ids[:10]], master)

    assert set(ids) == set(won)
    assert set(ids) == {source.id for source in store.sources(master=master)}
    assert set(ids) == set(store.release(won, master))
    assert [] == store.sources(master=master)


def test_nothing_is_asked_for_nothing(store: Store, master: int) -> None:
    """
    No names have no ids, and no sources are neither claimed nor released.
    """
    answers = (store.register([]), store.find([]), store.claim([], master), store.force_release([]))

    assert ({}, {}, {}, {}) == answers
    assert [] == store.release({}, master)


def test_a_release_needs_holder_and_token(
    store: Store, ids: list[int], master: int, other: int, shared_database: str
) -> None:
    """
    With another master, an older token, a newer one or none a release does nothing; with the right ones it does.
    """
    source, *_ = ids
    (stale,) = store.claim([source], master).values()
    store.release({source: stale}, master)
    (token,) = store.claim([source], master).values()
    assert stale is not None
    assert token is not None
    before = history(shared_database, source)

    for shown, by in ((token, other), (stale, master), (token + 1, master), (None, master), (token, 2**31 - 1)):
        assert [] == store.release({source: shown}, by)
    assert before == history(shared_database, source)
    assert [source] == store.release({source: token, ids[1]: token, 2**31 - 1: token, 2**63: token}, master)
    assert [] == store.release({source: token}, master)
    assert [None] * 4 == holders(store, ids)


def test_a_late_release_spares_the_successor(store: Store, source: int, shared_database: str) -> None:
    """
    A master that was thought dead and comes back to release its claims does not end its successor's.
    """
    paused, successor = store.join(new_name()), store.join(new_name())
    tokens = store.claim([source], paused)
    store.expire(paused, beat=1)
    store.claim([source], successor)

    assert [] == store.release(tokens, paused)
    assert None is store.leave(paused)
    assert [successor.id] == holders(store, [source])
    assert [(paused.id, "expired"), (successor.id, None)] == [row[1:] for row in history(shared_database, source)]


def test_force_release_names_the_holders(
    store: Store, ids: list[int], master: int, other: int, shared_database: str
) -> None:
    """
    A forced release ends claims whoever holds them and returns who did; free and unknown sources are left out.
    """
    first, second, *_ = ids
    store.claim([first], master)
    store.claim([second], other)

    assert {first: master, second: other} == store.force_release([*ids, 2**31 - 1, 2**31, 0])
    assert {} == store.force_release(ids)
    assert [[(master, "forced")], [(other, "forced")]] == [
        [row[1:] for row in history(shared_database, id_)] for id_ in (first, second)
    ]


def test_a_claimed_source_is_not_claimable(store: Store, ids: list[int], master: int) -> None:
    """
    A source with settings is claimable while it is free; one without settings never is.
    """

    def claimable() -> set[int]:
        return {watched.id for watched in store.claimable(host="here", kinds=[kind])}

    kind = new_name()[:60]
    settings = Settings(kind=kind, url="https://example.com/api.git")
    held, free, elsewhere, _ = ids
    tokens = store.claim([held], master)
    for id_ in (held, free):
        store.configure(id_, settings)
    store.configure(elsewhere, msgspec.structs.replace(settings, host="there"))

    assert {free} == claimable()
    store.release(tokens, master)
    assert {free, held} == claimable()
    store.claim([free], master)
    assert {held} == claimable()
