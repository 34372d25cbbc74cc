"""`inject`: changes that somebody else knows of, as JSON on standard input."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from headwater import Settings, Store
from tests.acceptance.records import left_behind
from tests.acceptance.registered import asked, refused, states
from tests.conformance.rows import run
from tests.operator import headwater


@pytest.fixture
def lone(tmp_path: Path) -> str:
    """
    An empty database, in a file.
    """
    return f"sqlite:///{tmp_path}/headwater.db"


def change(after: str | None, **more: object) -> str:
    """
    Return a change of trunk as it is given.
    """
    return json.dumps({"ref": "trunk", "after": after, **more})


def test_a_change_goes_into_the_feed(database: str) -> None:
    """
    The source is made by its first change; each is recorded with its commits and where the ref was before.
    """
    commit = {"oid": "r1", "author": "Bo", "message": "Fix it", "authored_at": 1_700_000_000}
    first = headwater(database, "inject", "svn", stdin=change("r1", commits=[commit]))
    second = headwater(database, "inject", "svn", stdin=change("r7", before="r1", forced=True))
    gone = headwater(database, "inject", "svn", stdin=change(None))
    with Store(database) as store:
        changes = store.changes()
    newest = asked(database, "show", "svn", "--most=2")["changes"]

    assert ["1\n", "2\n", "3\n"] == [ended.stdout for ended in (first, second, gone)]
    assert [(None, "r1", False), ("r1", "r7", True), ("r7", None, False)] == [
        (one.before, one.after, one.forced) for one in changes
    ]
    (recorded,) = changes[0].commits
    assert ("r1", "Bo", "Bo", "Fix it", 1_700_000_000, 1_700_000_000) == (
        recorded.oid,
        recorded.author,
        recorded.committer,
        recorded.message,
        recorded.authored_at,
        recorded.committed_at,
    )
    assert [(3, "r7", None), (2, "r1", "r7")] == [(one["number"], one["before"], one["after"]) for one in newest]
    assert {"svn": "ok"} == states(database)
    assert [] == left_behind(database)


def test_what_is_old_goes(lone: str) -> None:
    """
    Who injects deletes what the source keeps no longer, for no master runs it.
    """
    headwater(lone, "inject", "svn", stdin=change("r1"))
    headwater(lone, "inject", "svn", stdin=change("r2"))
    run(lone, "UPDATE changes SET recorded_at = recorded_at - 91 * 86400000 WHERE number = 1")
    ended = headwater(lone, "inject", "svn", stdin=change("r3"))
    with Store(lone) as store:
        changes = store.changes()

    assert (0, "3\n") == (ended.returncode, ended.stdout)
    assert [2, 3] == [one.number for one in changes]


def test_one_object_a_line_or_on_many_lines(lone: str) -> None:
    """
    Many changes stand on a line each, one alone may be written as it likes.
    """
    pretty = json.dumps(json.loads(change("r1")), indent=2)
    one = headwater(lone, "inject", "svn", "--format=json", stdin=pretty)
    many = headwater(lone, "inject", "svn", stdin=f"{change('r2')}\n\n{change('r3')}\n")

    assert ('{"number":1}\n', "2\n3\n") == (one.stdout, many.stdout)


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ("", "there is none"),
        ("trunk", "JSON is malformed: "),
        ("{}", "Object missing required field `ref`"),
        (change("r1", afterwards="r2"), "Object contains unknown field `afterwards`"),
        (change("r1", commits=[{"oid": "r1"}]), "Object missing required field `author` - at `$.commits[0]`"),
        (change("r1", before="r0"), "'trunk' is at None, and not at r0: nothing was recorded"),
        (change(None), "'trunk' did not move: before and after are the same"),
        (change("r" * 65), "a object id can hold 64 bytes"),
    ],
)
def test_what_cannot_be_recorded(lone: str, given: str, problem: str) -> None:
    """
    A change that is none, or does not fit to the last one, ends with 1 and one sentence, and nothing is recorded.
    """
    sentence = refused(lone, "inject", "svn", stdin=given)

    assert sentence.startswith(f"headwater: change 1 of the input: {problem}")
    assert "" == headwater(lone, "changes").stdout


def test_what_was_recorded_before_a_fault_stays(lone: str) -> None:
    """
    Of many changes, those before one with a fault are recorded, and this is said.
    """
    ended = headwater(lone, "inject", "svn", stdin=f"{change('r1')}\n{change('r1')}\n{change('r2')}")

    assert (1, "1\n") == (ended.returncode, ended.stdout)
    assert ended.stderr.endswith("before and after are the same; those before it are recorded\n")


def test_only_sources_of_this_kind(lone: str) -> None:
    """
    Nothing is injected into what somebody looks at, into what has no settings, or into what is paused.
    """
    with Store(lone) as store:
        store.edit(add={"api": Settings(kind="git", url="https://git.example/api")})
        store.register(["nightly"])
    headwater(lone, "inject", "svn", stdin=change("r1"))
    headwater(lone, "pause", "svn", "--why=moved")

    assert "it is of kind git, and whoever runs it records its changes" in refused(
        lone, "inject", "api", stdin=change("r2")
    )
    assert "has no settings" in refused(lone, "inject", "nightly", stdin=change("r2"))
    assert refused(lone, "inject", "svn", stdin=change("r2")).endswith(": moved")


def test_nobody_looks_at_it(lone: str) -> None:
    """
    A source of this kind cannot be checked; its refs and changes are shown as those of any other.
    """
    headwater(lone, "inject", "svn", stdin=change("r1"))
    shown = asked(lone, "show", "svn")

    assert "nobody looks at svn: its changes are given to `headwater inject`" in refused(lone, "check", "svn")
    assert ({"trunk": "r1"}, [1]) == (shown["refs"], [one["number"] for one in shown["changes"]])
