"""`check` with a master that runs: waited for, told again, counted; and edits that it follows without a restart."""

from __future__ import annotations

import json
from typing import Any

from tests.acceptance.host import Host
from tests.acceptance.registered import asked
from tests.operator import headwater


def changes(database: str) -> list[dict[str, Any]]:
    """
    Return all changes of the feed.
    """
    return [json.loads(line) for line in headwater(database, "changes", "--format=json").stdout.splitlines()]


def test_a_check_is_waited_for(lone_host: Host) -> None:
    """
    `check --wait` ends when the holder has looked: with 0 if that went well, with 1 and the reason if not.
    """
    repository, database = lone_host.clone("api"), lone_host.database
    headwater(database, "add", f"{lone_host.folder}/api", "--poll=1h")
    run = lone_host.start("run", "--cache=cache")
    run.err.wait_for_line("^api has 1 branch; ")

    second = repository.commit("second")
    well = headwater(database, "check", "api", "--wait")
    told = changes(database)
    headwater(database, "set", "api", f"url={lone_host.folder}/gone")
    ill = headwater(database, "check", "api", "--wait")
    shown = asked(database, "show", "api")["source"]

    assert (0, "api is ok, looked at just now\n") == (well.returncode, well.stdout)
    assert [second] == [change["after"] for change in told]
    problem = f"'{lone_host.folder}/gone' does not appear to be a git repository"
    assert (1, f"headwater: api: {problem}\n") == (ill.returncode, ill.stderr)
    assert ("broken", problem) == (shown["state"], shown["reason"])


def test_what_would_be_told_and_what_is_told_again(lone_host: Host) -> None:
    """
    With --dry-run the commits are counted and nothing is recorded; --from alone has them told again, once.
    """
    repository, database = lone_host.clone("api"), lone_host.database
    first, second = repository.parents("main")[0], repository.commit("second")
    headwater(database, "add", f"{lone_host.folder}/api", "--poll=1h")
    nobody = headwater(database, "check", "api", "--dry-run")
    run = lone_host.start("run", "--cache=cache")
    run.err.wait_for_line("^api has 1 branch; ")
    third = repository.commit("third")

    news = headwater(database, "check", "api", "--dry-run")
    ((counted,),) = (one["trial"]["changes"] for one in asked(database, "check", "api", "--from", first, "--dry-run"))
    unknown = headwater(database, "check", "api", "--from", "0" * 40, "--dry-run")
    before = changes(database)
    again = headwater(database, "check", "api", "--from", second, "--wait")
    refused = headwater(database, "check", "api", "--from", "0" * 40, "--wait")

    assert "api: nobody has looked yet: 1 ref would be no news; nothing was recorded\n" == nobody.stderr
    assert f"api  main  {second[:9]}..{third[:9]}  1 commit\n" == news.stdout
    assert "api: 1 change with 1 commit would be told; nothing was recorded\n" == news.stderr
    assert ("refs/heads/main", third, 3) == (counted["ref"], counted["after"], counted["commit_count"])
    assert (1, []) == (unknown.returncode, before)
    assert (0, 1) == (again.returncode, refused.returncode)
    assert "nothing was told again" in refused.stderr
    assert [(False, [third]), (True, [second, third])] == [
        (change["backfill"], [commit["oid"] for commit in change["commits"]]) for change in changes(database)
    ]


def test_a_master_follows_edits(lone_host: Host) -> None:
    """
    Without arguments a master runs what is registered, and what is added, set, paused, resumed and removed later.
    """
    api, web, database = lone_host.clone("api"), lone_host.clone("web"), lone_host.database
    web.amend("other")
    run = lone_host.start("run", "--cache=cache")
    run.err.wait_for_line("^Watching what is registered and can be run here.$")

    headwater(database, "add", f"{lone_host.folder}/api", "--poll=1h")
    run.err.wait_for_line("^api has 1 branch; ")
    headwater(database, "set", "api", "name=web", f"url={lone_host.folder}/web", "poll=200ms")
    run.out.wait_for_line(r"  web  main  .* FORCED .* Ana  other$")
    headwater(database, "pause", "web", "--why=test")
    run.err.wait_for_line("^web is not watched here any more: ")
    web.commit("meanwhile")
    headwater(database, "resume", "web")
    run.out.wait_for_line("  web  main  .*  1 commit  Ana  meanwhile$")
    headwater(database, "rm", "web", "--yes")
    run.err.wait_for_line("^web is not watched here any more: ")
    api.commit("nobody looks")

    assert 0 == run.stop()
    assert 2 == len(run.out.all())
    assert [] == asked(database, "sources")
