"""Watch a repository: what a run says, and how a commit is seen."""

from __future__ import annotations

import re
import shlex
from typing import Any

import msgspec

from tests.acceptance.host import POLL, Host
from tests.acceptance.processes import timeless

SLACK = 10.0
"""Seconds that a slow machine may need beyond the poll interval until a commit is on the screen."""


def test_a_run_says_what_to_know(lone_host: Host) -> None:
    """
    A run says on standard error what it watches, the newest commit, what to type and how to stop.
    """
    repository = lone_host.clone("api")
    newest = repository.parents("main")[0][:9]

    run = lone_host.run("--name=ci-a", "api")
    run.err.wait_for_line("^To see a change, type elsewhere: git -C ")
    run.stop()

    said = run.err.all()
    assert re.fullmatch(r"Master ci-a#\w+ on sqlite:.*\.", said[0])
    assert f"Watching api: {lone_host.folder}/api, every 300ms" in said
    assert "Ctrl-C hands everything back and ends." in said
    assert f"api has 1 branch; the newest commit is {newest} first (Ana)" in said
    assert [] == run.out.all()


def test_the_line_to_type_shows_a_change(first_host: Host) -> None:
    """
    A commit made by the very line that a run says to type is one line of its output, and of the feed.
    """
    first_host.clone("api")
    run = first_host.run("api")
    command = shlex.split(run.err.wait_for_line("^To see a change, type elsewhere: (.+)$")[1])

    typed = first_host.typed(command)
    shown = run.out.wait_for_line("  api  main  .*  1 commit  Ana  hello headwater$", POLL + SLACK).string
    run.stop()

    assert 0 == typed.code, typed.err
    assert re.match(r"    1  \d\d:\d\d:\d\d  api  main  \w{9}\.\.\w{9}  1 commit ", shown)
    assert [shown] == run.out.all()
    assert timeless([shown]) == timeless(first_host.headwater("changes").out)


def test_a_change_as_json(host: Host) -> None:
    """
    For programs a change is one object on one line, with every commit that it brought, word for word.
    """
    repository = host.clone("api")
    base = repository.parents("main")[0]
    run = host.run("api")
    run.err.wait_for_line("^api has 1 branch")

    one = repository.commit("one", branch="topic", parents=(base,))
    two = repository.commit("zwei \x1b[31m\N{PARTY POPPER}\n\nWörter", branch="topic")
    repository.branch("main", two)
    repository.delete("topic")
    run.out.wait_for_line("  main  ")
    shown = host.headwater("changes", "--format=json").out

    changes: list[dict[str, Any]] = [msgspec.json.decode(line) for line in shown]
    moved = [change for change in changes if change["ref"] == "refs/heads/main"]
    assert [(base, two, "api", 2)] == [
        (change["before"], change["after"], change["source_name"], change["commit_count"]) for change in moved
    ]
    assert [one, two] == [commit["oid"] for commit in moved[0]["commits"]]
    assert "zwei \x1b[31m\N{PARTY POPPER}\n\nWörter" == moved[0]["commits"][1]["message"]


def test_what_becomes_of_branches(lone_host: Host) -> None:
    """
    A new branch, one that was rewritten and one that is gone are told apart in one word.
    """
    repository = lone_host.clone("api")
    run = lone_host.run("api")
    run.err.wait_for_line("^api has 1 branch")

    repository.branch("topic", repository.parents("main")[0])
    new = run.out.wait_for_line(r"  topic  \(new\) (\w{9})$")
    repository.amend("other", branch="topic")
    run.out.wait_for_line(rf"  topic  {new[1]}\.\.\w{{9}} FORCED -1  1 commit  Ana  other$")
    repository.delete("topic")
    run.out.wait_for_line(r"  topic  \(deleted\)$")


def test_several_repositories(host: Host) -> None:
    """
    One run watches several repositories, and tells two of the same name apart by their paths.
    """
    places = ["a/api", "b/api", "web"]
    repositories = [host.clone("api", inside="a"), host.clone("api", inside="b"), host.clone("web")]
    run = host.run(*places)
    for _ in places:
        run.err.wait_for_line(" has 1 branch; ")

    for place, repository in zip(places, repositories, strict=True):
        repository.commit(f"in {place}")
    seen = {run.out.wait_for_line(r"\d  (\S+)  main  .*  (in .+)$").groups() for _ in places}

    long = next(name for name, subject in seen if subject == "in b/api")
    assert long.endswith(f":{host.folder}/b/api")
    assert {("api", "in a/api"), (long, "in b/api"), ("web", "in web")} == seen


def test_a_path_that_is_no_repository(lone_host: Host) -> None:
    """
    A run says once which source cannot be looked at and why, and goes on watching the others.
    """
    repository = lone_host.clone("api")
    (lone_host.folder / "empty").mkdir()
    run = lone_host.run("empty", "api")
    begins = {run.err.wait_for_line("^(api has|empty cannot)")[1] for _ in range(2)}

    repository.commit("second")
    run.out.wait_for_line("second$")
    code = run.stop()

    (said,) = (line for line in run.err.all() if "cannot" in line)
    assert {"api has", "empty cannot"} == begins
    assert (
        f"empty cannot be looked at: '{lone_host.folder}/empty' does not appear to be a git repository; trying on"
        == said
    )
    assert 0 == code
