"""What a poll of a real repository tells."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from pathlib import Path

import pytest

from headwater.sources.base import moves
from headwater.sources.git import GitSource
from headwater.values import Move

from .polling import Told, look, poll
from .repository import Repository
from .watching import watch

MAIN = "refs/heads/main"


def test_a_push_is_told_oldest_first(repository: Repository, source: GitSource) -> None:
    """
    Three commits pushed at once are one move with three commits, oldest first.
    """
    base = repository.commit("base")
    position = look(source)
    *_, tip = pushed = repository.history("one", "two", "three")

    [told] = poll(source, position)

    assert told.move == Move(ref=MAIN, before=base, after=tip, forced=False)
    assert [commit.oid for commit in told.commits] == pushed
    assert told.messages == ["one", "two", "three"]


def test_a_commit_is_told_as_it_was_written(repository: Repository, source: GitSource) -> None:
    """
    People, times and parents are those of the commit; its message has no empty lines at its end.
    """
    base = repository.commit("base")
    position = look(source)
    repository.commit("Subject\n\nBody\n\n")

    [told] = poll(source, position)

    [commit] = told.commits
    assert (commit.author, commit.author_email, commit.authored_at) == ("Ana", "ana@example.org", 1_700_000_000)
    assert (commit.committer, commit.committer_email, commit.committed_at) == ("Bo", "bo@example.org", 1_700_000_060)
    assert (commit.parents, commit.message) == ((base,), "Subject\n\nBody")


def test_nothing_moved(repository: Repository, source: GitSource) -> None:
    """
    A repository in which nothing moved has nothing to tell.
    """
    repository.commit("base")

    assert poll(source, look(source)) == []


def test_a_new_branch_brings_its_own(repository: Repository, source: GitSource) -> None:
    """
    A new branch brings the commits that no branch had before, not its whole history.
    """
    base, *_ = repository.history("base", "main only")
    position = look(source)
    tip = repository.commit("feature", branch="feature", parents=(base,))

    [told] = poll(source, position)

    assert told.move == Move(ref="refs/heads/feature", before=None, after=tip)
    assert told.messages == ["feature"]


def test_a_new_branch_without_commits_of_its_own(repository: Repository, source: GitSource) -> None:
    """
    A new branch on known commits is a move that brings nothing.
    """
    repository.branch("same", repository.commit("base"))
    position = {MAIN: look(source)[MAIN]}

    assert [told.commits for told in poll(source, position)] == [[]]


def test_a_merge_brings_what_it_merged(repository: Repository, source: GitSource) -> None:
    """
    A merge brings the merged commits too, each after its parents.
    """
    base = repository.commit("base")
    position = look(source)
    side = repository.commit("side", branch="side", parents=(base,))
    repository.delete("side")
    repository.commit("merge", parents=(base, side))

    [told] = poll(source, position)

    assert told.messages == ["side", "merge"]


def test_two_branches_on_one_commit(repository: Repository, source: GitSource) -> None:
    """
    Each branch is told the commits that it got, though another got the same.
    """
    repository.branch("other", repository.commit("base"))
    position = look(source)
    repository.branch("other", repository.commit("next"))

    assert [told.messages for told in poll(source, position)] == [["next"], ["next"]]


def test_a_forced_push(repository: Repository, source: GitSource) -> None:
    """
    An amended commit is a forced move that brings the new commit only.
    """
    repository.commit("base")
    before = repository.commit("typo")
    position = look(source)
    after = repository.amend("no typo")

    [told] = poll(source, position)

    assert told.move == Move(ref=MAIN, before=before, after=after, forced=True, dropped=1)
    assert told.messages == ["no typo"]


def test_a_branch_put_back(repository: Repository, source: GitSource) -> None:
    """
    A branch put back to an older commit is a forced move that brings nothing.
    """
    base = repository.commit("base")
    repository.commit("bad idea")
    position = look(source)
    repository.branch("main", base)

    [told] = poll(source, position)

    assert told.move.forced
    assert told.commits == []


def test_a_deleted_branch(repository: Repository, source: GitSource, cache: Path) -> None:
    """
    A deleted branch is a move to nowhere without commits, for which nothing is fetched.
    """
    base = repository.commit("base")
    position = look(source)
    repository.delete("main")

    [told] = poll(source, position)

    assert told == Told(Move(ref=MAIN, before=base, after=None), [])
    assert not cache.exists()


def test_a_branch_in_the_way_of_a_deleted_one(repository: Repository, source: GitSource) -> None:
    """
    A branch may be named like the folder of one that was deleted.
    """
    repository.commit("base")
    position = look(source)
    repository.commit("one", branch="topic")
    poll(source, position)
    position = look(source)
    repository.delete("topic")
    repository.commit("two", branch="topic/two")

    deleted, made = poll(source, position)

    assert (deleted.move.after, made.messages) == (None, ["two"])


def test_the_first_push(repository: Repository, source: GitSource) -> None:
    """
    An empty repository can be looked at; its first push brings everything.
    """
    position = look(source)
    repository.history("one", "two")

    [told] = poll(source, position)

    assert position == {}
    assert told.messages == ["one", "two"]


@pytest.mark.parametrize("encoding", [b"", b"encoding ISO-8859-1\n", b"encoding bogus\n"])
def test_bytes_that_are_not_utf8(repository: Repository, source: GitSource, encoding: bytes) -> None:
    """
    A commit in Latin-1 is told, and the commits after it too, whether or not it says that it is Latin-1.
    """
    repository.commit("base")
    position = look(source)
    repository.raw_commit(b"J\xf6rg <j\xf6rg@example.org>", b"Gr\xfc\xdfe\n", encoding=encoding)
    repository.commit("after")

    [told] = poll(source, position)

    assert told.messages == ["Grüße", "after"]
    assert (told.commits[0].author, told.commits[0].committer_email) == ("Jörg", "jörg@example.org")


def test_dates_that_no_clock_shows(repository: Repository, source: GitSource) -> None:
    """
    A commit without a readable date or name is told with what there is.
    """
    repository.commit("base")
    position = look(source)
    repository.raw_commit(b"nobody <> 99999999999999999999999 +0000\nextra", b"odd")

    [told] = poll(source, position)

    assert [(commit.message, commit.author_email) for commit in told.commits] == [("odd", "")]


def test_a_branch_whose_name_is_not_utf8(repository: Repository, source: GitSource) -> None:
    """
    A branch is watched under its own name, whatever bytes that name has.
    """
    oid = repository.commit("base")
    repository.git("update-ref", "--stdin", given=b"create refs/heads/gr\xfcn %s\n" % oid.encode())
    position = {MAIN: oid}

    [told] = poll(source, position)

    assert told.move == Move(ref="refs/heads/gr\\xfcn", before=None, after=oid)


def test_object_ids_of_sha256(tmp_path: Path) -> None:
    """
    A repository with SHA-256 object ids is watched like any other.
    """
    repository = Repository(tmp_path / "modern.git", object_format="sha256")
    repository.commit("base")
    source = watch(repository.path, tmp_path / "cache")
    position = look(source)
    repository.commit("next")

    [told] = poll(source, position)

    assert (len(told.commits[0].oid), told.messages) == (64, ["next"])


def test_a_branch_that_moved_on_after_the_look(repository: Repository, source: GitSource) -> None:
    """
    What was seen is told, though the branch was rewritten before it was fetched.
    """
    base = repository.commit("base")
    seen = repository.commit("seen")
    repository.amend("later")
    move = Move(ref=MAIN, before=base, after=seen)

    [judged] = asyncio.run(source.fetch([move], [base]))

    assert judged == move


def test_a_consumer_that_stops_early(repository: Repository, source: GitSource) -> None:
    """
    Whoever has read enough closes the generator, and the next poll is not disturbed.
    """
    repository.commit("base")
    position = look(source)
    for _ in range(3):
        repository.commit("x" * 400_000)

    async def first_only() -> int:
        [move] = await source.fetch(moves(position, await source.look()), position.values())
        async with aclosing(source.commits(move, position.values())) as commits:
            return len((await anext(commits)).message)

    assert asyncio.run(first_only()) == 400_000
    assert len(poll(source, position)[0].commits) == 3
