"""What ``headwater run`` asks, and says, of other masters."""

from __future__ import annotations

from typing import Any

import pytest
from click import unstyle

from headwater.cli.others import Others
from headwater.identity import host
from headwater.store.session import Session
from headwater.values import Master
from tests.cluster.listening import HeardStore
from tests.conformance.rows import run


class Looks:
    """
    Another run, which looks when it is told to.
    """

    def __init__(self, store: HeardStore, *named: int) -> None:
        self.said: list[str] = []
        self._me = store.join("ci-me")
        self._others = Others(
            store,
            frozenset(named),
            command=["headwater"],
            expiry=10.0,
            say=lambda said: self.said.append(unstyle(str(said))),
        )

    def look(self) -> None:
        """
        Look once, as every few seconds.
        """
        self._others._look(self._me)


def silence(store: HeardStore, master: Master) -> None:
    """
    Let a master have been silent for a while.
    """
    run(store.url, "UPDATE heartbeats SET beat_at = beat_at - 15000 WHERE masterid = :id", id=master.id)


def held_by(store: HeardStore, count: int) -> Master:
    """
    Let another master hold so many sources with settings.
    """
    other = store.join("ci-other")
    store.claim(store.register(f"source {number:04}" for number in range(count)).values(), other)
    run(store.url, "INSERT INTO source_settings (changesourceid, kind, url) SELECT id, 'git', 'x' FROM changesources")
    return other


def name_of(store: HeardStore, source: int) -> str:
    """
    Return the name of a source.
    """
    found = store.source(source)
    assert found is not None
    return found.name


@pytest.mark.parametrize("count", [2, 2000])
def test_a_look_at_others_reads_no_more_with_more_sources(
    store: HeardStore, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    """
    An idle run asks two small questions about others, whatever the number of sources.
    """
    held_by(store, count)
    looks = Looks(store, 1)
    looks.look()
    rows: list[int] = []
    once = Session._once

    def counted(session: Session, sql: str, values: dict[str, Any] | None) -> Any:  # noqa: ANN401 - passed on
        answer = once(session, sql, values)
        if sql.lstrip().startswith("SELECT"):
            rows.append(len(answer[0]))
        return answer

    with monkeypatch.context() as patch:
        patch.setattr(Session, "_once", counted)
        looks.look()

    assert [2, 1] == rows


def test_the_named_are_told_once(store: HeardStore) -> None:
    """
    Who holds a source that the command line names is said once, of no other source.
    """
    other = held_by(store, 3)
    looks = Looks(store, 2)
    looks.look()
    looks.look()

    assert [f"{name_of(store, 2)} is watched by master {other.name}; here, as soon as it is free"] == looks.said


def test_the_silent_are_told_with_what_they_hold(store: HeardStore) -> None:
    """
    What a silent master holds is said once, and again after it was heard in between.
    """
    other = held_by(store, 5)
    looks = Looks(store)
    silence(store, other)
    looks.look()
    looks.look()
    first = len(looks.said)
    store.heartbeat(other)
    looks.look()
    silence(store, other)
    looks.look()

    assert (1, 2) == (first, len(looks.said))
    start = f"source 0000, source 0001, source 0002 and 2 more are still held by master {other.name} (process "
    assert looks.said[0].startswith(start)


def test_a_silent_master_that_holds_very_many(store: HeardStore) -> None:
    """
    Of very many, not all are counted.
    """
    silence(store, held_by(store, 1200))
    looks = Looks(store)
    looks.look()

    assert "and at least 997 more are still held" in looks.said[0]


def test_what_another_host_alone_can_run(store: HeardStore) -> None:
    """
    Nothing is said of a source that this host could not run.
    """
    other = held_by(store, 2)
    run(store.url, "UPDATE source_settings SET host = :host WHERE changesourceid = 1", host=host() + ".far")
    looks = Looks(store, 1, 2)
    looks.look()

    assert [f"{name_of(store, 2)} is watched by master {other.name}; here, as soon as it is free"] == looks.said
