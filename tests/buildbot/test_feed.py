"""`changes.Headwater`: each commit of the feed is a Buildbot change once, whoever is killed, and whoever else adds."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import pytest

from headwater import Store
from tests.acceptance.host import Host
from tests.buildbot.conftest import Made
from tests.buildbot.feeds import (
    WITHOUT_TRANSACTIONS,
    Added,
    Teller,
    added,
    await_changes,
    clean,
    following,
    requests_for,
    revisions,
    url_of,
)
from tests.buildbot.masters import LINE, masters
from tests.buildbot.scenes import SOON, start_all
from tests.conformance.commits import ODD
from tests.conformance.rows import run
from tests.conftest import SHARED_POOL
from tests.databases.pool import EACH_KIND

MAIN, DEV, TAG = "refs/heads/main", "refs/heads/dev", "refs/tags/v1"

ON_ALL = pytest.mark.parametrize("urls", EACH_KIND, indirect=True)
ON_TWO = pytest.mark.parametrize("urls", EACH_KIND[:2], indirect=True)
ON_SERVER = pytest.mark.parametrize("urls", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True)
ON_MYSQL = pytest.mark.parametrize("urls", [pytest.param("mariadb", marks=pytest.mark.mariadb)], indirect=True)


class Urls(NamedTuple):
    """
    The databases of one trial.
    """

    buildbot: str
    feed: str


@pytest.fixture(params=EACH_KIND[:1])
def urls(request: pytest.FixtureRequest, made_by_buildbot: Made) -> Iterator[Urls]:
    """
    A database that Buildbot has made, on MariaDB with transactions, and an empty one for Headwater.
    """
    buildbot = made_by_buildbot(request.param)
    if request.param == "mariadb":
        run(buildbot, *(f"ALTER TABLE {name} ENGINE=InnoDB" for name in WITHOUT_TRANSACTIONS))
    with request.config.stash[SHARED_POOL].get(request.param).fresh_database() as feed:
        yield Urls(buildbot, feed)
    clean(buildbot)


@pytest.fixture
def teller(urls: Urls) -> Iterator[Teller]:
    """
    Somebody who records changes.
    """
    with Store(urls.feed) as store:
        yield Teller(store)


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

# A Buildbot that inserts the properties of changes by other statements than this one.
ADDS_OTHERWISE = """
from headwater.store.places import Places
Places._look = lambda self, *arguments: None
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


def test_trouble_is_said_once_and_tried_again(urls: Urls, teller: Teller, tmp_path: Path) -> None:
    """
    A database that is away stops nothing else, and a commit that cannot be added is not passed over.

    Each is said once, without the database's password; when it is mended, all is added.
    """
    pushed = [one.oid for one in teller.push("api", MAIN, ["one", "two", "three"])]
    away = "postgresql://ci:hidden@127.0.0.1:1/headwater"
    refuses = f'after=0, category=lambda change: 1 / (change["revision"] != {pushed[1]!r})'
    with masters(tmp_path, [following(urls.buildbot, away)]) as (master,):
        start_all([master])
        master.log.wait_for_line("does not follow Headwater's feed.*127.0.0.1")
        master.configure(following(urls.buildbot, urls.feed, refuses))
        master.signal(signal.SIGHUP)
        master.log.wait_for_line(f"{pushed[1]} of api, change 1 of the feed, cannot be added.*ZeroDivisionError")
        assert pushed[:1] == revisions(urls.buildbot)
        master.configure(following(urls.buildbot, urls.feed))
        master.signal(signal.SIGHUP)
        await_changes(urls.buildbot, 3)
        master.stop()

    said = master.log.all()
    assert pushed == revisions(urls.buildbot)
    assert 1 == sum("cannot be added" in line for line in said)
    assert not [line for line in said if "hidden" in line]


def test_a_pruned_feed_and_another_one(urls: Urls, teller: Teller, tmp_path: Path) -> None:
    """
    What was pruned before it was read is said, and the rest added; a feed that ends too early is refused.
    """
    for number in range(4):
        teller.push("api", MAIN, [f"{number}"])
    (last,) = teller.push("api", "refs/heads/" + "x" * 200 + "/" + "y" * 200, ["no branch for Buildbot"])
    run(urls.feed, "DELETE FROM changes WHERE number < 3")
    with masters(tmp_path, [following(urls.buildbot, urls.feed)]) as (master,):
        start_all([master])
        master.log.wait_for_line("changes 1 to 2 of the feed were pruned")
        master.log.wait_for_line("change 5 of the feed is left out: the name of its branch")
        await_changes(urls.buildbot, 2)
        run(urls.feed, "DELETE FROM changes", "UPDATE feed SET number = 1")
        master.log.wait_for_line("the feed ends with change 1, but it was read up to change 5")
        master.stop()

    assert last.oid not in revisions(urls.buildbot)


def test_it_stops_where_it_cannot_keep_its_place(urls: Urls, teller: Teller, tmp_path: Path) -> None:
    """
    In a Buildbot that adds changes otherwise, so that the place cannot move with them, it stops after the first one.
    """
    teller.push("api", MAIN, ["one", "two"])
    config = following(urls.buildbot, urls.feed)
    config.more += ADDS_OTHERWISE
    with masters(tmp_path, [config]) as (master,):
        start_all([master])
        master.log.wait_for_line("this change source stops: upgrade Headwater")
        with pytest.raises(AssertionError):
            master.log.wait_for_line("added change", timeout=1)
        master.stop()

    assert ["headwater:1:0"] == [change.marker for change in added(urls.buildbot)]


@ON_MYSQL
def test_tables_without_transactions_are_refused(urls: Urls, teller: Teller, tmp_path: Path) -> None:
    """
    Where a change could be kept without the place in the feed nothing is added, and the sentence says what to run.
    """
    pushed = teller.push("api", MAIN, ["one"])
    run(urls.buildbot, "ALTER TABLE changes ENGINE=MyISAM")
    with masters(tmp_path, [following(urls.buildbot, urls.feed)]) as (master,):
        start_all([master])
        master.log.wait_for_line("run: ALTER TABLE changes ENGINE=InnoDB;")
        assert [] == added(urls.buildbot)
        run(urls.buildbot, "ALTER TABLE changes ENGINE=InnoDB")
        await_changes(urls.buildbot, 1)
        master.stop()

    assert [pushed[0].oid] == revisions(urls.buildbot)


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
