"""What the operator's commands tell of Buildbot's database with the plugin's tables."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs
from twisted.python.failure import Failure

from headwater.buildbot.lease import LeaseStore
from headwater.buildbot.notes import as_sentence
from headwater.clock import boot_seconds
from headwater.store import verbs
from headwater.store.notes import Batch, Claimed, Polled, noted
from tests.buildbot.masters import Config
from tests.buildbot.scenes import alike, awaited, first_poll, start_all
from tests.buildbot.test_starting import NETWORK
from tests.conformance.rows import run
from tests.operator import headwater

BAD = """
class Bad(Probe):
    def poll(self):
        raise OSError("cannot read https://ci:secret@git.example/x")
c["change_source"] = [
    Probe(name="good", pollInterval=1, pollAtLaunch=True),
    Probe(name="later", pollInterval=3600),
    Bad(name="bad", pollInterval=3600, pollAtLaunch=True),
]
"""


@pytest.fixture
def store(leased_database: str) -> Iterator[LeaseStore]:
    """
    The store of a lease, on a database in which "one" has a lease and holds "linux", and "two" has none.
    """
    with LeaseStore(leased_database) as store:
        one, _ = (store.ask(verbs.find_master(store.database.limits, name)) for name in ("one", "two"))
        run(leased_database, "UPDATE masters SET active = 1")
        store.ask(verbs.claim_for(store.register(["linux"])["linux"], one))
        store.join("one")
        yield store


@pytest.mark.usefixtures("store")
def test_masters_tell_whose_lease_runs(leased_database: str) -> None:
    """
    A master with a lease is shown with its host and its last heartbeat, one without it as before.
    """
    one, two = _masters(leased_database)

    assert ("active", "runs", 1) == (one["state"], one["lease"], one["holds"])
    assert one["silent_ms"] < 10_000
    assert None not in {one["since"], one["host"], one["pid"], one["version"]}
    assert ("active", None, None, None) == tuple(two[key] for key in ("state", "lease", "silent_ms", "since"))


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("ended", ["NULL", "beat_at"])
def test_masters_tell_whose_lease_ran_out(leased_database: str, ended: str) -> None:
    """
    A master that is silent for longer than its lease is called so, whether or not others have ended it already.
    """
    run(leased_database, "UPDATE headwater_leases SET beat_at = beat_at - 60000")
    run(leased_database, f"UPDATE headwater_leases SET ended_at = {ended}")
    one, _ = _masters(leased_database)

    assert ("silent", "ran out") == (one["state"], one["lease"])
    assert one["silent_ms"] >= 60_000


def test_who_goes_on_without_the_line_is_not_called_silent(store: LeaseStore, leased_database: str) -> None:
    """
    The lease of a master that left, or that was marked active past its lease, tells nothing of that master.
    """
    run(leased_database, "UPDATE headwater_leases SET beat_at = beat_at - 60000")
    run(leased_database, "UPDATE masters SET last_active = last_active + 60")
    marked, _ = _masters(leased_database)
    again = store.join("one")
    store.leave(again)
    left, _ = _masters(leased_database)

    assert [("active", None), ("active", None)] == [(one["state"], one["lease"]) for one in (marked, left)]


@pytest.mark.usefixtures("store")
def test_a_silent_holder_is_released_without_force(leased_database: str) -> None:
    """
    `release` refuses while the lease of the holder runs, and needs no `--force` once it ran out.
    """
    refused = headwater(leased_database, "release", "linux")
    run(leased_database, "UPDATE headwater_leases SET beat_at = beat_at - 60000")
    follows = _sources(leased_database)["linux"]["next"]
    released = headwater(leased_database, "release", "linux")

    assert 1 == refused.returncode
    assert "its holder is silent: another master takes over when its lease has run out" == follows
    assert "one may notice only after a minute" in refused.stderr
    assert (0, "linux is free; it was held by one\n") == (released.returncode, released.stdout)


def test_sources_tell_what_was_noted(store: LeaseStore, leased_database: str) -> None:
    """
    Since when a source is held, when it was polled last, what was wrong, and when it is polled next.
    """
    before = _sources(leased_database)["linux"]
    _note(store, "one", claimed=[Claimed(1, 60_000, 600_000)])
    claimed = _sources(leased_database)["linux"]
    _note(store, "one", polled=[_poll(error="OSError: away", next_in=30_000)])
    failing = _sources(leased_database)["linux"]
    (line,) = headwater(leased_database, "sources").stdout.splitlines()[1:]
    _note(store, "one", polled=[_poll(error=None, next_in=30_000)])
    well = _sources(leased_database)["linux"]

    assert [None] * 4 == [before[key] for key in ("since", "claimed_at", "checked_at", "next_at")]
    assert claimed["since"] == claimed["claimed_at"] == failing["since"]
    assert claimed["next_at"] - claimed["since"] in range(660_000, 660_100)
    assert ("held", "OSError: away", 1, None) == tuple(
        failing[key] for key in ("state", "reason", "attempts", "succeeded_at")
    )
    assert failing["checked_at"] > failing["since"]
    assert failing["next_at"] > failing["checked_at"]
    assert ["linux", "one", "OSError: away"] == [part for part in ("linux", "one", "OSError: away") if part in line]
    assert ("", 0, well["checked_at"]) == (well["reason"], well["attempts"], well["succeeded_at"])


def test_a_long_poll_is_told(store: LeaseStore, leased_database: str) -> None:
    """
    While a poll goes on for longer than a second it is said, and no next one is.
    """
    _note(store, "one", claimed=[Claimed(1, None, None)], polled=[_poll(ended_ago=None, began_ago=5_000)])
    shown = _sources(leased_database)["linux"]

    assert ("a poll is running", None, None) == (shown["reason"], shown["next_at"], shown["claimed_at"])


def test_only_the_holder_notes(store: LeaseStore, leased_database: str) -> None:
    """
    What a master notes late of a source that is another's by now is dropped; what it noted before stays to be seen.
    """
    _note(store, "one", claimed=[Claimed(1, 0, None)], polled=[_poll(error="OSError: away", next_in=1_000)])
    run(leased_database, "UPDATE changesource_masters SET masterid = (SELECT id FROM masters WHERE name = 'two')")
    _note(store, "one", polled=[_poll(error="late")])
    late = _sources(leased_database)["linux"]
    _note(store, "two", claimed=[Claimed(1, 0, None)])
    taken_over = _sources(leased_database)["linux"]

    assert ("two", None, None) == tuple(late[key] for key in ("holder_name", "claimed_at", "next_at"))
    assert "OSError: away" == late["reason"] == taken_over["reason"]
    assert late["checked_at"] == taken_over["checked_at"]
    assert taken_over["claimed_at"] is not None


def test_an_error_is_one_line_without_passwords() -> None:
    """
    What a poll fails with is noted on one line, and without what would open a repository.
    """
    error = OSError("command ['fetch', 'https://ci:secret@git.example/x'] failed:\nfatal: \0 no\n" + "x" * 1000)
    said = as_sentence(Failure(error))  # type: ignore[no-untyped-call] # Twisted has no types there

    assert said.startswith("OSError: command ['fetch', 'https://git.example/x'] failed: fatal: no xx")
    assert 500 == len(said)


def test_what_an_older_version_made_is_added_to(leased_database: str) -> None:
    """
    `buildbot install` makes what is missing, and says whether anything was.
    """
    run(leased_database, "DROP TABLE headwater_sources")
    made, again = (headwater(leased_database, "buildbot", "install").stdout for _ in range(2))

    assert ("the tables are made: masters find them within a minute\n", "the tables are there already\n") == (
        made,
        again,
    )


@NETWORK
def test_a_master_notes_what_it_does(leased_database: str, tmp_path: Path) -> None:
    """
    A running master notes its claims, its polls, what they fail with, and when it polls next; and polls if it cannot.
    """

    def all_noted() -> dict[str, Any] | None:
        sources = _sources(leased_database)
        there = {"good", "later", "bad"} == set(sources) and None not in {
            sources["good"]["checked_at"],
            sources["later"]["next_at"],
            sources["bad"]["next_at"],
            sources["bad"]["checked_at"],
            *(one["claimed_at"] for one in sources.values()),
        }
        return sources if there else None

    with alike(tmp_path, 1, Config(url=leased_database, sources=0, more=BAD)) as (master,):
        start_all([master])
        sources = awaited(all_noted, "notes")
        errors = run(leased_database, "SELECT error FROM headwater_sources")
        run(leased_database, "DROP TABLE headwater_sources")
        master.log.wait_for_line("not noted for now")
        first_poll(master, boot_seconds())
        master.stop()

    assert {master.name} == {one["holder_name"] for one in sources.values()}
    assert all(one["claimed_at"] is not None for one in sources.values())
    assert "OSError: cannot read https://git.example/x" == sources["bad"]["reason"]
    assert sources["later"]["checked_at"] is None
    assert "" == sources["good"]["reason"] == sources["later"]["reason"]
    assert "secret" not in str(errors)


def _masters(url: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(headwater(url, "masters", "--format=json").stdout)
    return found


def _sources(url: str) -> dict[str, dict[str, Any]]:
    return {source["name"]: source for source in json.loads(headwater(url, "sources", "--format=json").stdout)}


def _note(store: LeaseStore, master: str, *, claimed: Sequence[Claimed] = (), polled: Sequence[Polled] = ()) -> None:
    """
    Have a master note something of the one source.
    """
    named = {one.name: one.id for one in store.masters()}
    id_ = store.find(["linux"])["linux"]
    claims = [structs.replace(one, source=id_) for one in claimed]
    polls = [structs.replace(one, source=id_) for one in polled]
    request = noted(store.database.limits, Batch(named[master], claims, polls))
    assert request is not None
    store.ask(request)


def _poll(
    *, error: str | None = None, next_in: int | None = None, began_ago: int = 2, ended_ago: int | None = 1
) -> Polled:
    return Polled(source=1, began_ago=began_ago, ended_ago=ended_ago, error=error, next_in=next_in)
