"""`changes.Headwater`: each commit of the feed is a Buildbot change once, whoever is killed, and whoever else adds."""

from __future__ import annotations

import signal
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.acceptance.host import Host
from tests.buildbot.conftest import Urls
from tests.buildbot.feeds import (
    Added,
    Teller,
    added,
    await_changes,
    following,
    requests_for,
    revisions,
    url_of,
)
from tests.buildbot.masters import LINE, masters
from tests.buildbot.scenes import SOON, start_all
from tests.conformance.commits import ODD
from tests.conformance.rows import run
from tests.databases.pool import EACH_KIND

MAIN, DEV, TAG = "refs/heads/main", "refs/heads/dev", "refs/tags/v1"

ON_ALL = pytest.mark.parametrize("urls", EACH_KIND, indirect=True)
ON_TWO = pytest.mark.parametrize("urls", EACH_KIND[:2], indirect=True)
ON_SERVER = pytest.mark.parametrize("urls", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True)


# A process that dies, once, when a scheduler is told of the fifth change: Buildbot has it, and nobody builds it yet.
DIES_IN_A_SCHEDULER = """
import os, pathlib, signal
def dies_once(change, died=pathlib.Path(basedir) / "died"):
    if change.properties["headwater"].endswith(":4") and not died.exists():
        died.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return True
c["schedulers"] = [schedulers.AnyBranchScheduler(name="any", builderNames=["b"], fileIsImportant=dies_once)]
"""


@ON_ALL
def test_every_commit_becomes_a_change(urls: Urls, teller: Teller, tmp_path: Path) -> None:
    """
    Each commit is one change, in order, with what its author wrote as far as Buildbot can hold it, and one request.
    """
    odd = teller.push("team/api", MAIN, ODD)
    (dev,) = teller.push("team/web", DEV, ["work"])
    teller.move("team/web", DEV, None)
    teller.move("team/api", TAG, odd[-1].oid)
    (tagged,) = teller.push("team/api", "refs/tags/v2", ["release"])
    with masters(tmp_path, [following(urls.buildbot, urls.feed)]) as (master,):
        start_all([master])
        await_changes(urls.buildbot, len(odd) + 2)
        master.stop()

    api, web = url_of("team/api"), url_of("team/web")
    expected = [Added(f"headwater:1:{ordinal}", api, "main", one.oid) for ordinal, one in enumerate(odd)]
    expected.append(Added("headwater:2:0", web, "dev", dev.oid))
    expected.append(Added("headwater:5:0", api, "refs/tags/v2", tagged.oid))
    assert expected == added(urls.buildbot)
    assert [(change.revision, 1) for change in expected] == requests_for(urls.buildbot)
    columns = "author, committer, comments, when_timestamp, project, codebase, category"
    who = run(urls.buildbot, f"SELECT {columns} FROM changes ORDER BY changeid")
    plain = ("Ada <ada@example.com>", "Grace <grace@example.com>", "team/web refs/heads/dev work")
    assert (*plain, 1_700_000_001, "team/web", "", None) == who[len(odd)]


@ON_TWO
def test_none_is_lost_or_doubled_when_buildbot_is_killed(urls: Urls, teller: Teller, tmp_path: Path) -> None:
    """
    Buildbot is killed while a change is added, and while one is handed out: each commit is one change, and built once.
    """
    pushed = [one.oid for one in teller.push("api", MAIN, [f"a {number}" for number in range(16)])]
    pushed += [one.oid for one in teller.push("web", MAIN, [f"w {number}" for number in range(8)])]
    config = following(urls.buildbot, urls.feed)
    config.more += DIES_IN_A_SCHEDULER
    with masters(tmp_path, [config]) as (master,):
        master.start()
        assert -signal.SIGKILL == master.process.wait(SOON)
        assert 5 == len(added(urls.buildbot))
        master.start()
        await_changes(urls.buildbot, 12)
        master.kill()
        start_all([master])
        await_changes(urls.buildbot, 24)
        master.stop()

    assert pushed == revisions(urls.buildbot)
    assert [(oid, 1) for oid in pushed] == requests_for(urls.buildbot)


@ON_TWO
def test_two_masters_that_add_at_once_add_nothing_twice(urls: Urls, teller: Teller, tmp_path: Path) -> None:
    """
    Two masters run the same source at the same time, as after a claim was lost: each commit is one change, in order.
    """
    pushed = [one.oid for one in teller.push("api", MAIN, [f"a {number}" for number in range(25)])]
    config = following(urls.buildbot, urls.feed, builds=False)
    with masters(tmp_path, [config, config]) as (one, two):
        one.start()
        one.log.wait_for_line("follows Headwater's feed")
        run(urls.buildbot, "DELETE FROM changesource_masters")
        two.start()
        two.log.wait_for_line("follows Headwater's feed")
        await_changes(urls.buildbot, 10)
        pushed += [one.oid for one in teller.push("api", MAIN, [f"b {number}" for number in range(15)])]
        await_changes(urls.buildbot, 40)
        one.stop()
        two.stop()

    assert pushed == revisions(urls.buildbot)


def test_it_goes_on_where_it_stopped(urls: Urls, teller: Teller, tmp_path: Path) -> None:
    """
    The first start begins now; later ones go on where the last one stopped, with what was recorded meanwhile.
    """
    teller.push("api", MAIN, ["before"])
    with masters(tmp_path, [following(urls.buildbot, urls.feed, "")]) as (master,):
        start_all([master])
        master.log.wait_for_line("follows Headwater's feed from change 2 on")
        pushed = teller.push("api", MAIN, ["one"])
        await_changes(urls.buildbot, 1)
        assert 0 == master.stop()
        pushed += teller.push("api", MAIN, ["two", "three"])
        start_all([master])
        await_changes(urls.buildbot, 3)
        master.stop()

    assert [one.oid for one in pushed] == revisions(urls.buildbot)


def test_what_is_followed_and_how_it_is_labelled(urls: Urls, teller: Teller, tmp_path: Path) -> None:
    """
    Only the chosen sources and refs are added, labelled as configured; a move without commits is added if asked for.
    """
    (wanted,) = teller.push("team/api", "refs/heads/release/2", ["fix"])
    teller.push("team/api", MAIN, ["not released"])
    teller.push("other/api", "refs/heads/release/2", ["not the team's"])
    teller.move("team/api", "refs/heads/release/3", wanted.oid)
    settings = """
        after=0, sources=["team/*"], refs=["refs/heads/release/*"], buildPushesWithNoCommits=True,
        category=lambda change: "of " + change["project"], project=lambda change: change["project"].upper(),
        codebase="api", properties=lambda change: {"where": change["branch"]}, name="ours" """
    with masters(tmp_path, [following(urls.buildbot, urls.feed, settings)]) as (master,):
        start_all([master])
        await_changes(urls.buildbot, 2)
        master.stop()

    labels = run(urls.buildbot, "SELECT revision, branch, project, codebase, category FROM changes ORDER BY changeid")
    same = ("TEAM/API", "api", "of TEAM/API")
    assert [(wanted.oid, "release/2", *same), (wanted.oid, "release/3", *same)] == labels
    assert ["ours:1:0", "ours:4:0"] == [change.marker for change in added(urls.buildbot)]
    where = "SELECT property_value FROM change_properties WHERE property_name = 'where' ORDER BY changeid"
    assert [('["release/2", "Change"]',), ('["release/3", "Change"]',)] == run(urls.buildbot, where)


@ON_SERVER
def test_a_repository_is_followed_by_a_real_master(urls: Urls, tmp_path: Path) -> None:
    """
    What is pushed to a git repository that ``headwater run`` watches is built, though that master is killed meanwhile.
    """
    with ExitStack() as processes, masters(tmp_path / "bb", [following(urls.buildbot, urls.feed, "")]) as (master,):
        host = Host(tmp_path, urls.feed, processes)
        repository = host.clone("api")
        watching = host.run("api")
        start_all([master])
        master.log.wait_for_line("follows Headwater's feed from change 1 on")
        watching.err.wait_for_line("^api has 1 branch; ")
        pushed = repository.history("one", "two")
        await_changes(urls.buildbot, 2)
        watching.kill()
        pushed += repository.history("three", "four")
        host.run("api")
        await_changes(urls.buildbot, 4)
        master.stop()

    assert [(oid, 1) for oid in pushed] == requests_for(urls.buildbot)


@ON_SERVER
def test_another_master_goes_on_and_builds_too(urls: Urls, teller: Teller, tmp_path: Path) -> None:
    """
    A master whose place another takes is given up with its schedulers: the other adds what follows, and builds it.
    """
    pushed = teller.push("api", MAIN, ["one", "two"])
    config = following(urls.buildbot, urls.feed, line=LINE.format(arguments=""))
    with masters(tmp_path, [config, config]) as (one, two):
        start_all([one])
        await_changes(urls.buildbot, 2)
        start_all([two])
        one.kill()
        held = "(SELECT id FROM masters WHERE name = :name)"
        run(
            urls.buildbot,
            "UPDATE masters SET active = 0 WHERE name = :name",
            f"DELETE FROM changesource_masters WHERE masterid IN {held}",
            f"DELETE FROM scheduler_masters WHERE masterid IN {held}",
            name=one.name,
        )
        pushed += teller.push("api", MAIN, ["three", "four"])
        await_changes(urls.buildbot, 4)
        two.stop()

    assert [(one.oid, 1) for one in pushed] == requests_for(urls.buildbot)
