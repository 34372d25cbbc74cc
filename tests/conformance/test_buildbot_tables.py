"""The connector on Buildbot's own tables, to which nothing is added: it works, and what needs more is refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import NullPool, create_engine, inspect
from twisted.internet.defer import Deferred, DeferredList

from headwater import ChangeSourceAlreadyClaimedError, Store, UnknownMasterError, WrongKindError
from tests.conformance import buildbot_tables
from tests.conformance.faces import ConnectorFace, holder_of, ids_of
from tests.conformance.rows import mark
from tests.reactor import ReactorThread

WRONG_KIND = "only Buildbot marks a master inactive"


@pytest.fixture
def connector(empty_database: str, reactor: ReactorThread) -> Iterator[ConnectorFace]:
    """
    The connector on a database with Buildbot's tables; after each test these are still all.
    """
    buildbot_tables.create(empty_database)
    face = ConnectorFace(empty_database, reactor)
    yield face
    face.close()
    tables = inspect(create_engine(empty_database, poolclass=NullPool)).get_table_names()
    assert {"masters", "changesources", "changesource_masters"} == set(tables)


def test_claims_work_on_buildbots_tables(connector: ConnectorFace, empty_database: str) -> None:
    """
    Sources are registered, claimed, refused, taken over, listed and released there as everywhere.
    """
    source, free = connector.find_source_id("api"), connector.find_source_id("web")
    one, two = connector.new_master("one"), connector.new_master("two")

    connector.set_source_master(source, one)
    with pytest.raises(ChangeSourceAlreadyClaimedError, match=f"by active master {one}"):
        connector.set_source_master(source, two)
    mark(empty_database, one, active=False)
    assert one == holder_of(connector, source)
    connector.set_source_master(source, two)
    assert [{"id": source, "name": "api", "masterid": two}] == connector.get_sources(active=True, masterid=two)
    assert {free} == ids_of(connector.get_sources(active=False))
    connector.set_source_master(source, None)
    assert {source, free} == ids_of(connector.get_sources(active=False))


def test_a_master_that_starts_claims_on_buildbots_tables(connector: ConnectorFace) -> None:
    """
    A master that is not active yet gets its claims, keeps them when it becomes active, and one unknown gets none.
    """
    source = connector.find_source_id("api")
    starting, other = connector.new_master("starting", active=False), connector.new_master("other")

    connector.set_source_master(source, starting)
    assert connector.wait_for(connector.db.masters.setMasterState, starting, active=True)
    with pytest.raises(ChangeSourceAlreadyClaimedError):
        connector.set_source_master(source, other)
    with pytest.raises(UnknownMasterError):
        connector.set_source_master(source, other + 1)
    assert starting == holder_of(connector, source)


def test_only_buildbot_marks_its_masters_inactive(connector: ConnectorFace) -> None:
    """
    Marking a master inactive is refused, and nothing changes: Buildbot does more then than ending claims.
    """
    source, master = connector.find_source_id("api"), connector.new_master("one")
    connector.set_source_master(source, master)

    with pytest.raises(WrongKindError, match=WRONG_KIND):
        connector.deactivate(master)
    assert {"id": master, "name": "one", "active": True} == connector.master(master)
    assert master == holder_of(connector, source)


def test_a_refusal_is_only_its_callers(connector: ConnectorFace) -> None:
    """
    Of masters that are marked at the same time, those that become active do, whatever is refused to others.
    """
    ids = [connector.new_master(str(number), active=False) for number in range(9)]

    def at_once() -> Deferred[Any]:
        calls = [connector.db.masters.setMasterState(id_, active=bool(id_ % 2)) for id_ in ids]
        return DeferredList(calls, consumeErrors=True)

    succeeded = [success for success, _ in connector.wait_for(at_once)]

    assert [bool(id_ % 2) for id_ in ids] == succeeded
    assert succeeded == [(connector.master(id_) or {})["active"] for id_ in ids]


def test_there_are_no_tokens_on_buildbots_tables(connector: ConnectorFace, empty_database: str) -> None:
    """
    A Store claims and releases there too, with None for a token.
    """
    source, master = connector.find_source_id("api"), connector.new_master("one")

    with Store(empty_database) as store:
        tokens = store.claim([source], master)

        assert {source: None} == tokens
        assert {} == store.claim([source], master)
        assert [source] == store.release(tokens, master)
        assert {} == store.force_release([source])


def test_nobody_lives_or_records_on_buildbots_tables(connector: ConnectorFace, empty_database: str) -> None:
    """
    Joining, heartbeats, settings and the feed need a database of Headwater's own, and say so.
    """
    source, id_ = connector.find_source_id("api"), connector.new_master("one")

    with Store(empty_database) as store:
        master = store.master(id_)
        assert master is not None
        for refused in (
            lambda: store.join("two"),
            lambda: store.heartbeat(master),
            lambda: store.expire(master, beat=1),
            lambda: store.leave(master),
            lambda: store.position(source),
            store.watched,
            store.changes,
        ):
            with pytest.raises(WrongKindError, match="is Buildbot's database"):
                refused()
