"""`changes.Headwater` in trouble: what it says, that it tries again, and where it refuses to begin."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.buildbot.conftest import Urls
from tests.buildbot.feeds import (
    Teller,
    added,
    await_changes,
    following,
    revisions,
)
from tests.buildbot.masters import masters
from tests.buildbot.scenes import start_all
from tests.conformance.rows import run

MAIN = "refs/heads/main"

ON_MYSQL = pytest.mark.parametrize("urls", [pytest.param("mariadb", marks=pytest.mark.mariadb)], indirect=True)

# A Buildbot that inserts the properties of changes by other statements than this one.
ADDS_OTHERWISE = """
from headwater.store.places import Places
Places._look = lambda self, *arguments: None
"""


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


def test_what_is_pruned_while_it_is_read_is_said(urls: Urls, teller: Teller, tmp_path: Path) -> None:
    """
    A change that is pruned after its page was read, and before its commits are, is said, and the rest added.
    """
    pushed = [teller.push("api", MAIN, [f"{number}"])[0].oid for number in range(3)]
    prune = f"""
        after=0, category=lambda _: run({urls.feed!r}, "DELETE FROM changes WHERE number = 2") or None"""
    config = following(urls.buildbot, urls.feed, prune, builds=False)
    config.more = "from tests.conformance.rows import run" + config.more
    with masters(tmp_path, [config]) as (master,):
        start_all([master])
        master.log.wait_for_line("changes 2 to 2 of the feed were pruned before they were read")
        await_changes(urls.buildbot, 2)
        master.stop()

    assert [pushed[0], pushed[2]] == revisions(urls.buildbot)


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
