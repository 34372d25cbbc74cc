"""Stop a run: nothing is held afterwards, and nothing is lost."""

from __future__ import annotations

import shutil
import signal
import socket

import pytest

from headwater import Store
from tests.acceptance.host import Host
from tests.acceptance.processes import SOON
from tests.acceptance.records import claims, left_behind


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM], ids=lambda how: how.name)
def test_a_stopped_run_leaves_nothing(host: Host, how: signal.Signals) -> None:
    """
    Ctrl-C and SIGTERM end a run with 0; no claim, no active master and no open history remain.
    """
    host.clone("api")
    host.clone("web")
    run = host.run("api", "web")
    run.err.wait_for_line(" has 1 branch; ")
    run.err.wait_for_line(" has 1 branch; ")

    code = run.stop(how)

    assert (0, "Everything is handed back.") == (code, run.err.all()[-1])
    assert [] == left_behind(host.database)
    assert [("api", "released"), ("web", "released")] == sorted(claims(host.database))


def test_commits_made_while_nobody_watched(host: Host) -> None:
    """
    What happened between two runs is reported once, by the second, though the cache of the first is gone.
    """
    repository = host.clone("api")
    run = host.run("api")
    run.err.wait_for_line("^api has 1 branch; ")
    repository.commit("watched")
    run.out.wait_for_line("watched$")
    run.stop()
    repository.history("one", "two")
    shutil.rmtree(host.cache)

    again = host.run("api")
    again.out.wait_for_line("  api  main  .*  2 commits  Ana  two$")
    repository.commit("three")
    again.out.wait_for_line("  1 commit  Ana  three$")
    again.stop()

    with Store(host.database) as store:
        told = [[commit.message for commit in change.commits] for change in store.changes()]
    assert [["watched"], ["one", "two"], ["three"]] == told
    assert 2 == len(again.out.all())


def test_a_life_that_somebody_else_ended(host: Host) -> None:
    """
    A run whose master was marked inactive says so, joins anew, and misses nothing.
    """
    repository = host.clone("api")
    run = host.run("--name=ci-a", "api")
    run.err.wait_for_line("^api has 1 branch; ")

    with Store(host.database) as store:
        (master,) = store.masters()
        store.leave(master)
    run.err.wait_for_line("^api is not watched here any more: this master was expired$")
    repository.commit("second")
    run.out.wait_for_line("second$")

    assert 0 == run.stop()
    assert [] == left_behind(host.database)
    assert [("api", "released"), ("api", "released")] == claims(host.database)


def test_a_run_that_is_stopped_as_it_starts(lone_host: Host) -> None:
    """
    A signal that comes before anything is watched ends a run with 0 as well.
    """
    lone_host.clone("api")
    run = lone_host.run("api")
    run.err.wait_for_line("^Master ")

    assert 0 == run.stop(signal.SIGTERM)
    assert [] == left_behind(lone_host.database)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM], ids=lambda how: how.name)
def test_a_run_that_is_stopped_before_its_database_is_open(lone_host: Host, how: signal.Signals) -> None:
    """
    A signal that comes while the database does not answer yet ends a run with 0, and nothing is said.
    """
    lone_host.clone("api")
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(SOON)
        run = lone_host.start("--database", f"postgresql://ci@127.0.0.1:{server.getsockname()[1]}/x", "run", "api")
        connection, _ = server.accept()
        with connection:
            code = run.stop(how)

    assert (0, [], []) == (code, run.out.all(), run.err.all())
