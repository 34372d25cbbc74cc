"""`headwater drain`: a master hands over what it has, and claims nothing until that is undone."""

from __future__ import annotations

import json

import pytest

from headwater import Settings, Store
from tests.acceptance.host import Host
from tests.acceptance.records import claims, holders
from tests.conformance.buildbot_tables import create
from tests.operator import Ended, headwater

SOON = 15.0
"""Seconds until another runs what was handed over: a few heartbeats, and the rest is for slow machines."""


def state(database: str) -> dict[str, str]:
    """
    Return how `masters` calls the state of each active master, by its given name.
    """
    shown = json.loads(headwater(database, "masters", "--format=json").stdout)
    return {master["given_name"]: master["state"] for master in shown}


def test_what_a_draining_master_has_moves(host: Host) -> None:
    """
    A master that drains hands over what it has to another one; when that drains too nothing is run, until one may.
    """
    repository = host.clone("api")
    first = host.run("--name=ci-a", "api")
    first.err.wait_for_line("^api has 1 branch; ")
    second = host.run("--name=ci-b", "api")
    second.err.wait_for_line("^api is watched by master ci-a#")

    drained = host.headwater("drain", "ci-a")
    first.err.wait_for_line("^api is not watched here any more: another master is to run it$")
    second.err.wait_for_line("^api has 1 branch; ", SOON)
    repository.commit("one")
    second.out.wait_for_line("one$")
    states = state(host.database)
    alone = host.headwater("drain", "ci-b")
    second.err.wait_for_line("^api is not watched here any more: another master is to run it$")
    undone = host.headwater("drain", "--undo", "ci-a")
    first.err.wait_for_line("^api has 1 branch; ", SOON)
    first.stop()
    second.stop()

    lasts = "this lasts until: headwater drain --undo"
    assert [f"ci-a claims nothing from now on and hands over 1 source; {lasts} ci-a"] == drained.out
    assert {"ci-a": "draining", "ci-b": "active"} == states
    assert [
        f"ci-b claims nothing from now on and hands over 1 source; no other master is there to take them; {lasts} ci-b"
    ] == alone.out
    assert ["ci-a has its share again"] == undone.out
    assert ["handed over", "handed over", "released"] == [why for _, why in claims(host.database)]


def test_a_restart_does_not_end_it(lone_host: Host) -> None:
    """
    A master of a given name that drains claims nothing when it is started.
    """
    lone_host.clone("api")
    with Store(lone_host.database) as store:
        store.leave(store.join("ci-a"))
    lone_host.headwater("drain", "ci-a")

    run = lone_host.run("--name=ci-a", "api")
    run.err.wait_for_line("^Ctrl-C")
    other = lone_host.run("--name=ci-b", "api")
    other.err.wait_for_line("^api has 1 branch; ")
    held = holders(lone_host.database)["api"]
    run.stop()

    assert str(held).startswith("ci-b#")
    assert not [line for line in run.err.all() if line.startswith("api has")]


@pytest.fixture
def joined(database: str) -> str:
    """
    A database with two masters "ci-a", one of them inactive, and one "ci-bb".
    """
    with Store(database) as store:
        store.leave(store.join("ci-a"))
        store.join("ci-a")
        store.join("ci-bb")
    return database


def said(ended: Ended) -> tuple[int, str]:
    """
    Return how a command ended and the beginning of its sentence.
    """
    return ended.returncode, (ended.stdout + ended.stderr).partition(" and ")[0].strip()


def test_how_a_master_may_be_called(joined: str) -> None:
    """
    A given name, a beginning that only it has, the name of a life, or an id; a drained name that is gone, too.
    """
    called = {str(master.id): master.name for master in Store(joined).masters()}
    name = called["2"]

    assert (0, "ci-a claims nothing from now on") == said(headwater(joined, "drain", "ci-a"))
    assert (0, "ci-a drains already") == said(headwater(joined, "drain", "2"))
    assert (0, "ci-a drains already") == said(headwater(joined, "drain", name))
    assert (0, "ci-bb claims nothing from now on") == said(headwater(joined, "drain", "ci-b"))
    assert (0, "ci-a has its share again") == said(headwater(joined, "drain", "--undo", "ci-a"))
    assert (0, "ci-a did not drain") == said(headwater(joined, "drain", "--undo", "ci-a"))
    assert (3, "Error: there is no master 'nobody'; `headwater masters --all` lists them") == said(
        headwater(joined, "drain", "nobody")
    )
    assert 3 == headwater(joined, "drain", "ci-").returncode


def test_masters_are_told_apart(joined: str) -> None:
    """
    `masters` shows who drains and since when each has joined.
    """
    headwater(joined, "drain", "ci-bb")
    head, *rows = headwater(joined, "masters", "--all").stdout.splitlines()

    assert ["MASTER", "ID", "STATE", "HOLDS", "HEARD", "SINCE", "HOST", "PID", "VERSION"] == head.split()
    assert [("ci-a", "inactive"), ("ci-a", "active"), ("ci-bb", "draining")] == [
        (row.split()[0].partition("#")[0], row.split()[2]) for row in rows
    ]


def test_buildbots_masters_cannot_be_drained(empty_database: str) -> None:
    """
    On Buildbot's database `drain` is refused with one sentence.
    """
    create(empty_database)

    ended = headwater(empty_database, "drain", "ci-a")

    assert (1, "") == (ended.returncode, ended.stdout)
    assert ended.stderr.endswith("is Buildbot's database: its masters cannot be drained, stop them\n")
    assert 1 == len(ended.stderr.splitlines())


def test_what_happens_next_to_a_free_source(database: str) -> None:
    """
    `sources` says for programs what each free source waits for.
    """
    with Store(database) as store:
        ids = store.register(["named", "git", "elsewhere"])
        store.configure(ids["git"], Settings(kind="git", url="https://git.example/api.git"))
        store.configure(ids["elsewhere"], Settings(kind="git", url="/srv/api", host="elsewhere"))
    shown = json.loads(headwater(database, "sources", "--format=json").stdout)

    assert {
        "named": "claimed when it is asked for by name",
        "git": "waits for a master that runs git",
        "elsewhere": "waits for a master that runs git on elsewhere",
    } == {source["name"]: source["next"] for source in shown}
