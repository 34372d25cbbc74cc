"""What is made of a commit for Buildbot, and what of the feed is followed: decided without either of them."""

from __future__ import annotations

from typing import Any

import pytest
from buildbot.config import ConfigErrors
from buildbot.process.properties import Interpolate

from headwater.buildbot.feedchange import Labels, change_of, move_of, too_long
from headwater.buildbot.feedfollowing import Following
from headwater.buildbot.feedsource import Headwater
from headwater.store.feedpages import Summary
from headwater.values import Commit
from tests.conformance.commits import ODD, commit

URL = "https://git.example/team/api.git"


def summary(**fields: Any) -> Summary:  # noqa: ANN401 - whatever field it is
    """
    Return a change of the feed, with these of its fields.
    """
    plain: dict[str, Any] = {
        "number": 7,
        "source_name": "team/api",
        "ref": "refs/heads/main",
        "after": "b",
        "recorded_at": 1_700_000_500_000,
        "commit_count": 1,
        "kind": "git",
        "url": URL,
    }
    return Summary(**(plain | fields))


def test_a_commit() -> None:
    """
    Buildbot is told who wrote and who committed what and when, on which branch, and where in the feed that stands.
    """
    one = commit("Say more")

    expected = {
        "author": "Ada <ada@example.com>",
        "committer": "Grace <grace@example.com>",
        "comments": "Say more",
        "revision": one.oid,
        "when_timestamp": 1_700_000_001,
        "src": "git",
        "branch": "main",
        "repository": URL,
        "project": "team/api",
        "files": [],
        "properties": {"headwater": "feed:7:0"},
    }
    assert expected == change_of(summary(), one, "feed:7:0")


@pytest.mark.parametrize("one", ODD, ids=range(len(ODD)))
def test_an_odd_commit_fits_into_buildbots_columns(one: Commit) -> None:
    """
    Whatever stands in a commit, nothing of what Buildbot is told is longer, earlier or later than its columns hold.
    """
    change = change_of(summary(), one, "m")

    assert len(change["author"]) <= 255
    assert len(change["committer"]) <= 255
    assert len(change["comments"].encode()) <= 65_535
    assert one.message.startswith(change["comments"])
    assert 0 <= change["when_timestamp"] < 2**31
    assert change["src"] is None or len(change["author"]) <= 128


def test_a_move_without_commits() -> None:
    """
    A move that brought none says where the ref is now, and since when.
    """
    change = move_of(summary(ref="refs/tags/v1", commit_count=0), "m")

    assert ("refs/tags/v1", "b", 1_700_000_500) == tuple(
        change[key] for key in ("branch", "revision", "when_timestamp")
    )
    assert "refs/tags/v1 moved to b" == change["comments"]


def test_labels() -> None:
    """
    A label is a value, or made of the change as it is so far; the place in the feed stays whatever the properties are.
    """
    plain = Labels().of(change_of(summary(), commit(), "m"))
    made = Labels(
        project=lambda change: change["project"].split("/")[0],
        codebase=lambda change: change["project"] + "!",
        category="slow",
        properties=lambda change: {"where": change["branch"], "headwater": "mine"},
    ).of(change_of(summary(), commit(), "m"))

    keys = ("project", "codebase", "category", "properties")
    assert ("team/api", None, None, {"headwater": "m"}) == tuple(plain[key] for key in keys)
    assert ("team", "team!", "slow", {"where": "main", "headwater": "m"}) == tuple(made[key] for key in keys)


@pytest.mark.parametrize(
    ("following", "one", "wanted"),
    [
        (Following(), summary(), True),
        (Following(sources=["team/*"], refs=["refs/heads/m*"]), summary(), True),
        (Following(sources=["other/*", "team"]), summary(), False),
        (Following(refs=["refs/tags/*"]), summary(), False),
        (Following(), summary(commit_count=0), False),
        (Following(buildPushesWithNoCommits=True), summary(commit_count=0), True),
        (Following(buildPushesWithNoCommits=True), summary(commit_count=0, after=None), False),
    ],
)
def test_what_is_followed(following: Following, one: Summary, wanted: bool) -> None:  # noqa: FBT001 - a case
    """
    Followed is what fits the patterns and has something to build.
    """
    assert wanted is following.wants(one)


@pytest.mark.parametrize(
    ("one", "problem"),
    [
        (summary(ref="refs/heads/" + "é" * 255), None),
        (summary(ref="refs/heads/" + "é" * 256), "the name of its branch has more than 255 characters"),
        (summary(url="x" * 513), "the URL of its repository has more than 512 characters"),
        (summary(url=None), None),
    ],
)
def test_what_no_buildbot_change_can_say(one: Summary, problem: str | None) -> None:
    """
    A branch or a repository that Buildbot's columns cannot hold is told apart: to cut it would name another one.
    """
    assert problem == too_long(one)


@pytest.mark.parametrize(
    ("database", "settings", "complaint"),
    [
        (None, {}, "the database is a URL"),
        ("sqlite://", {"pollInterval": 0}, "pollInterval=0"),
        ("sqlite://", {"after": -1}, "after=-1"),
        ("sqlite://", {"sources": "team/*"}, "write a list of patterns"),
        ("sqlite://", {"refs": "main"}, "write a list of patterns"),
        ("sqlite://", {"properties": {"headwater": "mine"}}, "give yours another name"),
    ],
)
def test_what_makes_no_sense_is_refused(database: str | None, settings: dict[str, Any], complaint: str) -> None:
    """
    `checkconfig` names the argument that makes no sense.
    """
    with pytest.raises(ConfigErrors, match=complaint):
        Headwater(database, **settings)


def test_what_makes_sense_is_taken() -> None:
    """
    The database is a URL, or something that renders to one; the name is "headwater" unless another one is given.
    """
    rendered = Interpolate("postgresql://ci:%(secret:headwater)s@db/headwater")

    assert "headwater" == Headwater(rendered).name
    assert "ours" == Headwater("sqlite:///headwater.db", name="ours", after=0).name
