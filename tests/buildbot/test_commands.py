"""The operator's commands on Buildbot's own database."""

from __future__ import annotations

import json

import pytest

from headwater import Store
from headwater.store import verbs
from tests.conformance.rows import run
from tests.databases.rows import tables_of
from tests.operator import headwater


@pytest.fixture
def held(buildbot_database: str) -> str:
    """
    A database of Buildbot's in which the active master "one" holds the source "linux", and "git" is free.
    """
    with Store(buildbot_database) as store:
        ids = store.register(["linux", "git"])
        one = store.ask(verbs.find_master(store.database.limits, "one"))
        store.ask(verbs.claim_for(ids["linux"], one))
    run(buildbot_database, "UPDATE masters SET active = 1")
    return buildbot_database


def test_sources_and_masters_are_listed(held: str) -> None:
    """
    `sources` and `masters` show who holds what, and leave the tables as they were.
    """
    before = tables_of(held)
    sources = {source["name"]: source for source in json.loads(headwater(held, "sources", "--format=json").stdout)}
    (master,) = json.loads(headwater(held, "masters", "--format=json").stdout)

    assert ("held", "one", None) == tuple(sources["linux"][key] for key in ("state", "holder_name", "since"))
    assert ("free", None) == (sources["git"]["state"], sources["git"]["holder"])
    assert ("one", "active", 1) == (master["name"], master["state"], master["holds"])
    assert before == tables_of(held)


def test_release_says_that_the_holder_will_not_notice(held: str) -> None:
    """
    An active holder in Buildbot never looks at its claim again: `release` refuses, and says to stop it first.
    """
    refused = headwater(held, "release", "linux")

    assert 1 == refused.returncode
    assert "one will not notice" in refused.stderr
    assert "stop it first" in refused.stderr


def test_release_frees_what_an_inactive_master_left(held: str) -> None:
    """
    A claim that an inactive master has left is ended without `--force`.
    """
    run(held, "UPDATE masters SET active = 0")
    released = headwater(held, "release", "linux")

    assert (0, "linux is free; it was held by one\n") == (released.returncode, released.stdout)


@pytest.mark.parametrize("arguments", [["run", "."], ["history", "linux"], ["changes"], ["upgrade"]])
def test_what_needs_headwaters_tables_is_refused(held: str, arguments: list[str]) -> None:
    """
    `run`, `history`, `changes` and `upgrade` end with 1 and one sentence, and write nothing.
    """
    before = tables_of(held)
    refused = headwater(held, *arguments)

    assert 1 == refused.returncode
    assert 1 == len(refused.stderr.splitlines())
    assert "Traceback" not in refused.stderr
    assert before == tables_of(held)


def test_history_says_how_to_get_one(held: str) -> None:
    """
    Without the plugin's tables `history` is refused, and names the command that makes them.
    """
    assert "`headwater buildbot install`" in headwater(held, "history", "linux").stderr


def test_doctor_finds_it_well(held: str) -> None:
    """
    `doctor` looks at Buildbot's database too.
    """
    assert 0 == headwater(held, "doctor").returncode
