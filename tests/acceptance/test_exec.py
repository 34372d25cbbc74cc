"""`headwater changes --exec`: a command for each change, and none forgotten."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from headwater import Move, Settings, Store
from headwater.values import Fence
from tests.operator import headwater


@pytest.fixture
def feed(database: str) -> str:
    """
    A database with three changes in its feed.
    """
    with Store(database) as store:
        source = store.register(["linux"])["linux"]
        store.configure(source, Settings(kind="git", url="/linux"))
        master = store.join("ci-a")
        (token,) = store.claim([source], master).values()
        assert token is not None
        fence = Fence(source=source, master=master.id, token=token, name=master.name)
        store.baseline(fence, {})
        for number in (1, 2, 3):
            store.record(fence, number, Move(ref=f"refs/heads/{number}", before=None, after=str(number) * 40), 0)
        store.leave(master)
    return database


def test_each_change_is_run_once_under_a_name(feed: str, tmp_path: Path) -> None:
    """
    The command gets each change as JSON on its standard input; the next start under that name begins after them.
    """
    seen = tmp_path / "seen"
    first = headwater(feed, "changes", "--exec", f"cat >>{seen}; echo >>{seen}", "--as", "ci")
    second = headwater(feed, "changes", "--exec", f"cat >>{seen}", "--as", "ci")
    changes = [json.loads(line) for line in seen.read_text().splitlines()]

    assert (0, 0) == (first.returncode, second.returncode)
    assert [1, 2, 3] == [change["number"] for change in changes]
    assert "refs/heads/1" == changes[0]["ref"]


def test_a_command_that_fails_is_run_again(feed: str, tmp_path: Path) -> None:
    """
    The first change whose command does not end with 0 ends it all with 1, and is the first of the next start.
    """
    seen = tmp_path / "seen"
    fails_on_two = f"grep -o '\"number\":[0-9]*' >>{seen}; ! tail -n1 {seen} | grep -q :2"
    failed = headwater(feed, "changes", "--exec", fails_on_two, "--as", "ci")
    again = headwater(feed, "changes", "--exec", f"grep -o '\"number\":[0-9]*' >>{seen}", "--as", "ci")

    assert (1, 0) == (failed.returncode, again.returncode)
    assert "for change 2; the next start runs it for that one again" in failed.stderr
    assert ['"number":1', '"number":2', '"number":2', '"number":3'] == seen.read_text().splitlines()


def test_followers_do_not_disturb_each_other(feed: str, tmp_path: Path) -> None:
    """
    Each name has a place of its own in the feed.
    """
    for name in ("one", "two"):
        assert (
            0
            == headwater(
                feed, "changes", "--exec", f"cat >>{tmp_path}/{name}; echo >>{tmp_path}/{name}", "--as", name
            ).returncode
        )

    assert 3 == len((tmp_path / "two").read_text().splitlines())
