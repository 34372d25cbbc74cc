"""The operator's commands on Headwater's own database."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from headwater import Master, Store
from headwater.identity import machine
from tests.conformance.rows import run
from tests.operator import headwater


@pytest.fixture
def held(database: str) -> tuple[str, Master]:
    """
    A database in which an active master of this process, "ci-a", holds the source "linux", and "git" is free.
    """
    with Store(database) as store:
        ids = store.register(["linux", "git"])
        master = store.join("ci-a")
        store.claim([ids["linux"]], master)
    return database, master


def test_sources_are_listed_as_a_table_and_as_json(held: tuple[str, Master]) -> None:
    """
    `sources` shows name, state, since when, and holder; for programs as JSON, in the database's milliseconds.

    Of a source that is run by name only, nobody knows more than whether somebody runs it.
    """
    database, master = held
    lines = headwater(database, "sources").stdout.splitlines()
    sources = {source["name"]: source for source in json.loads(headwater(database, "sources", "--format=json").stdout)}

    assert ["NAME", "STATE", "SINCE", "HOLDER", "SUCCESS", "NEXT", "REASON"] == lines[0].split()
    assert {
        ("linux", "ok", "0s", "ago", master.name),
        ("git", "unclaimed", *["claimed", "when", "it", "is", "asked", "for", "by", "name"]),
    } == {tuple(line.split()) for line in lines[1:]}
    assert ("ok", master.name, None) == (
        *(sources["linux"][key] for key in ("state", "holder_name")),
        sources["git"]["since"],
    )
    assert isinstance(sources["linux"]["since"], int)


@pytest.mark.parametrize("typed", ["ci-a", "ci", "id"])
def test_a_master_may_be_named_in_three_ways(held: tuple[str, Master], typed: str) -> None:
    """
    `sources --master` takes the given name, a beginning that only one master has, or the id.
    """
    database, master = held
    called = str(master.id) if typed == "id" else typed
    found = json.loads(headwater(database, "sources", "--master", called, "--format=json").stdout)

    assert ["linux"] == [source["name"] for source in found]


def test_a_master_that_is_not_there_or_not_unique_is_not_found(held: tuple[str, Master]) -> None:
    """
    A name that no master has, and a beginning that several have, end with 3 and say what to type.
    """
    database, _ = held
    with Store(database) as store:
        store.join("ci-b")
    missing = headwater(database, "sources", "--master", "nobody")
    several = headwater(database, "sources", "--master", "ci-")

    assert (3, 3) == (missing.returncode, several.returncode)
    assert "headwater masters --all" in missing.stderr
    assert "type more of the name" in several.stderr


def test_masters_show_what_they_hold_and_the_inactive_on_demand(held: tuple[str, Master]) -> None:
    """
    `masters` lists the active with what they hold, and with --all those whose life is over.
    """
    database, master = held
    with Store(database) as store:
        store.leave(store.join("ci-old"))
    active = json.loads(headwater(database, "masters", "--format=json").stdout)
    everybody = json.loads(headwater(database, "masters", "--all", "--format=json").stdout)

    assert [(master.id, "active", 1)] == [(shown["id"], shown["state"], shown["holds"]) for shown in active]
    assert ["active", "inactive"] == [shown["state"] for shown in everybody]


def test_history_tells_every_claim_and_why_it_ended(held: tuple[str, Master]) -> None:
    """
    `history` lists the claims of a source, the newest first, with tokens that grow and the reason of each end.
    """
    database, master = held
    with Store(database) as store:
        linux = store.find(["linux"])["linux"]
        store.force_release([linux])
        store.claim([linux], master)
    claims = json.loads(headwater(database, "history", "linux", "--format=json").stdout)
    unknown = headwater(database, "history", "minix")

    assert [None, "forced"] == [claim["why"] for claim in claims]
    assert claims[0]["token"] > claims[1]["token"]
    assert (3, "headwater: there is no change source 'minix'\n") == (unknown.returncode, unknown.stderr)


def test_release_of_a_living_holder_needs_force(held: tuple[str, Master]) -> None:
    """
    `release` refuses to end the claim of a master that lives, says what would follow, and does it with --force.
    """
    database, master = held
    refused = headwater(database, "release", "linux")
    forced = headwater(database, "release", "--force", "linux", "git")

    assert 1 == refused.returncode
    assert f"{master.name}, which is active; with --force" in refused.stderr
    assert (0, f"git was free already\nlinux is free; it was held by {master.name}\n") == (
        forced.returncode,
        "".join(f"{line}\n" for line in sorted(forced.stdout.splitlines())),
    )


def test_release_of_a_holder_in_another_container(held: tuple[str, Master]) -> None:
    """
    A process id says nothing of a master in another container: one whose heartbeat is young keeps its claim.

    It may have this host's name, and an id that no process has here.
    """
    database, master = held
    far = "UPDATE master_facts SET pid = :pid, machine = :machine WHERE masterid = :id"
    run(database, far, pid=2**22 + 1, machine="another container", id=master.id)
    refused = headwater(database, "release", "linux")
    run(database, far, pid=2**22 + 1, machine=machine(), id=master.id)
    released = headwater(database, "release", "linux")

    assert (1, 0) == (refused.returncode, released.returncode)
    assert "which is active; with --force" in refused.stderr


def test_doctor_tells_what_is_well_and_what_is_not(held: tuple[str, Master]) -> None:
    """
    `doctor` ends with 0 while all is well, and with 1 once a claim was written without its history.
    """
    database, master = held
    well = headwater(database, "doctor", "--format=json")
    with Store(database) as store:
        git = store.find(["git"])["git"]
    run(database, f"INSERT INTO changesource_masters VALUES ({git}, {master.id})")
    ill = headwater(database, "doctor")

    assert (0, {"ok"}) == (well.returncode, {finding["state"] for finding in json.loads(well.stdout)})
    assert 1 == ill.returncode
    assert f"claims and history disagree for the sources {git}" in ill.stdout


def test_upgrade_says_that_nothing_is_to_do(database: str) -> None:
    """
    `upgrade` of tables that are up to date changes nothing and says their version.
    """
    headwater(database, "sources")
    upgraded = headwater(database, "upgrade")

    assert 0 == upgraded.returncode
    assert "is up to date: version" in upgraded.stdout


def test_old_tables_are_upgraded_only_on_request(empty_database: str) -> None:
    """
    Tables of an older version are refused with the command that upgrades them; after it every command works.
    """
    headwater(empty_database, "sources")
    run(empty_database, "DROP TABLE followers", "UPDATE headwater_version SET version_num = '0001'")
    refused = headwater(empty_database, "sources")
    upgraded = headwater(empty_database, "upgrade")

    assert (1, True) == (refused.returncode, "run `headwater upgrade`" in refused.stderr)
    assert (0, True) == (upgraded.returncode, "was upgraded from version 0001 to" in upgraded.stdout)
    assert 0 == headwater(empty_database, "changes", "--exec", "true", "--as", "ci").returncode


def test_exec_and_as_belong_together(tmp_path: Path) -> None:
    """
    `changes --exec` without --as, or the other way round, is wrong usage.
    """
    database = f"sqlite:///{tmp_path}/headwater.db"

    assert 2 == headwater(database, "changes", "--exec", "true").returncode
    assert 2 == headwater(database, "changes", "--as", "ci").returncode
