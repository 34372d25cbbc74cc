"""What is noted of the claims that masters with the line have won and ended, and who sees it."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from headwater import Store
from headwater.buildbot.lease import LeaseStore
from headwater.clock import boot_seconds
from headwater.store import clustering, verbs
from headwater.store.notes import Batch, Claimed, noted
from tests.buildbot.masters import LINE, Config
from tests.buildbot.scenes import alike, awaited, claims, first_poll, start_all
from tests.buildbot.test_starting import NETWORK
from tests.conformance.rows import run
from tests.operator import headwater

DAY = 86_400_000


class Scene:
    """
    Two active masters, "one" and "two", each with a lease, and the source "linux"; what they do and note.
    """

    def __init__(self, url: str, store: LeaseStore) -> None:
        self.url, self._store = url, store
        self.source = store.register(["linux"])["linux"]
        self.ids = {name: store.ask(verbs.find_master(store.database.limits, name)) for name in ("one", "two")}
        run(url, "UPDATE masters SET active = 1")
        self.lives = {name: store.join(name) for name in self.ids}

    def claim(self, name: str, number: int | None, *, ago: int = 0) -> None:
        """
        Have a master claim the source, and note it.
        """
        self.release()
        self._store.ask(verbs.claim_for(self.source, self.ids[name]))
        self.note(name, Claimed(self.source, ago, None, number))

    def note(self, name: str, *claimed: Claimed) -> None:
        """
        Have a master note what it has claimed, and what it has lost.
        """
        request = noted(self._store.database.limits, Batch(self.ids[name], claimed, []))
        assert request is not None
        self._store.ask(request)

    def release(self) -> None:
        """
        End the claim, whoever has it.
        """
        run(self.url, "DELETE FROM changesource_masters")

    def expire(self, name: str) -> None:
        """
        Have the lease of a master ended as one that ran out.
        """
        limits = self._store.database.limits
        (peer,) = (one for one in self._store.ask(clustering.living(limits)) if one.id == self.ids[name])
        assert [self.source] == self._store.ask(clustering.expire(limits, peer))

    def leave(self, name: str) -> None:
        """
        Have a master end its lease in good order.
        """
        self._store.leave(self.lives[name])


@pytest.fixture
def scene(leased_database: str) -> Iterator[Scene]:
    """
    The scene, on a database of Buildbot's with the plugin's tables.
    """
    with LeaseStore(leased_database) as store:
        yield Scene(leased_database, store)


def test_a_claim_is_noted_from_its_beginning_to_its_end(scene: Scene) -> None:
    """
    A claim is held until its master does not hold it any more; noted again after a lost answer, it is there once.
    """
    scene.claim("one", 7, ago=60_000)
    scene.note("one", Claimed(scene.source, 60_500, None, 7))
    (held,) = _history(scene.url)
    scene.release()
    scene.note("one")
    (ended,) = _history(scene.url)

    assert (scene.ids["one"], "one", None, None) == tuple(
        held[key] for key in ("master", "master_name", "until", "why")
    )
    assert ended == held | {"until": ended["until"], "why": "released"}
    assert ended["until"] - ended["since"] in range(60_000, 70_000)
    assert "released" == _why(scene.url)


def test_the_next_holder_closes_what_is_open(scene: Scene) -> None:
    """
    A claim whose end nobody has noted ends with the next one, as taken over: a source has one open row at most.
    """
    scene.claim("one", 7, ago=60_000)
    scene.claim("two", 8, ago=10_000)
    scene.note("one", Claimed(scene.source, 60_000, None, 9))
    new, old = _history(scene.url)

    assert [("two", None, None), ("one", "taken over")] == [
        (new["master_name"], new["until"], new["why"]),
        (old["master_name"], old["why"]),
    ]
    assert abs(old["until"] - new["since"]) < 100
    assert "taken over" == _why(scene.url)


def test_who_expires_a_master_and_who_leaves_say_so(scene: Scene) -> None:
    """
    What ends with a lease that ran out has expired; what was released before a lease ends in good order was released.
    """
    scene.claim("one", 7)
    scene.expire("one")
    scene.claim("two", 8)
    held = [one["why"] for one in _history(scene.url)]
    scene.leave("two")
    kept = [one["why"] for one in _history(scene.url)]
    scene.claim("two", 9)
    scene.release()
    scene.leave("two")

    assert [None, "expired"] == held == kept
    assert ["released", "taken over", "expired"] == [one["why"] for one in _history(scene.url)]


def test_a_claim_without_a_beginning_and_an_end_that_nobody_saw(scene: Scene) -> None:
    """
    What was held before the line came is not noted, and a claim that is gone without a word is not called held.
    """
    scene.claim("one", None)
    assert [] == _history(scene.url)
    scene.claim("one", 7)
    scene.release()
    shown = headwater(scene.url, "history", "linux").stdout.splitlines()

    assert ["HOLDER", "SINCE", "FOR", "ENDED"] == shown[0].split()
    assert ["one", "unknown"] == [shown[1].split()[0], shown[1].split()[-1]]


def test_what_ended_long_ago_is_pruned(scene: Scene) -> None:
    """
    Ended claims are kept for 90 days; the open one is kept for as long as it is open.
    """
    for number, days in ((1, 200), (2, 150), (3, 100), (4, 80)):
        scene.claim("one" if number % 2 else "two", number, ago=days * DAY)

    assert [None, "taken over"] == [one["why"] for one in _history(scene.url)]


def test_the_third_table_is_made_where_the_others_are(leased_database: str) -> None:
    """
    Without its table the history is refused, and says how to make it; `buildbot install` run again does, and only that.
    """
    with Store(leased_database) as store:
        store.register(["linux"])
    run(leased_database, "DROP TABLE headwater_history")
    refused = headwater(leased_database, "history", "linux")
    made = headwater(leased_database, "buildbot", "install").stdout
    shown = headwater(leased_database, "history", "linux", "--format=json")

    assert (1, True) == (refused.returncode, "`headwater buildbot install`" in refused.stderr)
    assert made.startswith("the tables are made")
    assert (0, []) == (shown.returncode, json.loads(shown.stdout))


@NETWORK
@pytest.mark.slow
def test_running_masters_note_their_claims(leased_database: str, tmp_path: Path) -> None:
    """
    A killed master's claim has expired, a stopped one's, or one of a source that is gone, was released; polls go on.
    """
    line = LINE.format(arguments="failover=10")
    with alike(tmp_path, 3, Config(url=leased_database, line=line)) as (one, two, three):
        names = {one.name: "one", two.name: "two", three.name: "three"}

        def noted_claims(*expected: tuple[str, str | None]) -> None:
            awaited(lambda: _held(leased_database, names) == list(expected) or None, f"{expected}")

        start_all([one])
        noted_claims(("one", None))
        start_all([two])
        leases = "SELECT COUNT(*) FROM headwater_leases WHERE beat > 2 AND ended_at IS NULL"
        awaited(lambda: run(leased_database, leases) == [(2,)] or None, "leases")
        one.kill()
        noted_claims(("two", None), ("one", "expired"))
        two.stop()
        noted_claims(("two", "released"), ("one", "expired"))
        start_all([three])
        noted_claims(("three", None), ("two", "released"), ("one", "expired"))
        three.configure(Config(url=leased_database, sources=0, line=line))
        three.signal(signal.SIGHUP)
        noted_claims(("three", "released"), ("two", "released"), ("one", "expired"))
        three.configure(Config(url=leased_database, line=line))
        three.signal(signal.SIGHUP)
        noted_claims(("three", None), ("three", "released"), ("two", "released"), ("one", "expired"))
        run(leased_database, "DROP TABLE headwater_history")
        three.log.wait_for_line("not noted for now")
        first_poll(three, boot_seconds())

        assert {"probe0": three.name} == claims(leased_database)


def _held(url: str, names: dict[str, str]) -> list[tuple[str, str | None]]:
    rows = run(url, "SELECT master_name, why FROM headwater_history ORDER BY since DESC")
    return [(names[str(name)], None if why is None else str(why)) for name, why in rows]


def _history(url: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(headwater(url, "history", "linux", "--format=json").stdout)
    return found


def _why(url: str) -> str:
    (source,) = json.loads(headwater(url, "sources", "--format=json").stdout)
    return str(source["why"])
