"""What is told of a move besides its commits, and what is not told."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from msgspec.structs import replace

from headwater.sources.git import GitSource
from headwater.values import Move, Settings

from .polling import look, poll
from .repository import Repository
from .watching import watch

MAIN = "refs/heads/main"
TAG = "refs/tags/v1"


def with_tags(repository: Repository, cache: Path) -> GitSource:
    """
    Return the source that watches branches and tags.
    """
    return watch(repository.path, cache, settings=Settings(kind="git", url=str(repository.path), tags=True))


def first_parents(repository: Repository, cache: Path) -> GitSource:
    """
    Return the source that follows first parents only.
    """
    return watch(repository.path, cache, settings=Settings(kind="git", url=str(repository.path), first_parent=True))


def test_how_many_commits_were_dropped(repository: Repository, source: GitSource) -> None:
    """
    A push by force says how many commits the branch no longer has, merged ones too.
    """
    base = repository.commit("base")
    side = repository.commit("side", branch="side", parents=(base,))
    repository.delete("side")
    repository.commit("merge", parents=(base, side))
    repository.commit("more")
    position = look(source)
    repository.branch("main", base)
    repository.commit("other")

    [told] = poll(source, position)

    assert (told.move.forced, told.move.dropped, told.messages) == (True, 3, ["other"])


def test_a_move_forwards_drops_nothing(repository: Repository, source: GitSource) -> None:
    """
    A branch that only grew is not forced and has lost nothing.
    """
    repository.commit("base")
    position = look(source)
    repository.commit("one")

    [told] = poll(source, position)

    assert (told.move.forced, told.move.dropped, told.move.history_lost) == (False, 0, False)


def test_a_history_that_is_lost(repository: Repository, source: GitSource) -> None:
    """
    If nobody has the old tip any more, the move says that only the tip is told.
    """
    repository.history(*map(str, range(20)))
    position = look(source)
    tip = repository.amend("rewritten")
    repository.forget()

    [told] = poll(source, position)

    assert told.move == Move(ref=MAIN, before=position[MAIN], after=tip, forced=True, history_lost=True)
    assert told.messages == ["rewritten"]


def test_a_new_branch_with_a_long_history(repository: Repository, source: GitSource) -> None:
    """
    Of a branch that is new the newest 1,000 commits are told, oldest first, and how many were left out.
    """
    position = look(source)
    repository.import_commits(1_203)

    [told] = poll(source, position)

    assert told.move.left_out == 203
    assert told.messages == [str(number) for number in range(203, 1_203)]


def test_a_known_branch_with_a_long_push(repository: Repository, source: GitSource) -> None:
    """
    Of a branch that is known everything is told, however much that is.
    """
    repository.commit("base")
    position = look(source)
    repository.import_commits(2_500)

    [told] = poll(source, position)

    assert told.move.left_out == 0
    assert told.messages == [str(number) for number in range(2_500)]


def test_first_parents_only(repository: Repository, cache: Path) -> None:
    """
    A source that follows first parents is told the merge, and not what it merged.
    """
    source = first_parents(repository, cache)
    base = repository.commit("base")
    position = look(source)
    one = repository.commit("one")
    side = repository.commit("side", branch="side", parents=(base,))
    repository.delete("side")
    repository.commit("merge", parents=(one, side))

    [told] = poll(source, position)

    assert told.messages == ["one", "merge"]


def test_first_parents_of_a_new_branch(repository: Repository, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    What is left out of a new branch is counted along first parents, if those are followed.
    """
    monkeypatch.setattr("headwater.sources.git.MOST_OF_A_NEW_REF", 2)
    source = first_parents(repository, cache)
    base = repository.commit("base")
    position = look(source)
    side = repository.commit("side", branch="feature", parents=(base,))
    repository.branch("feature", base)
    repository.commit("one", branch="feature")
    repository.commit("merge", branch="feature", parents=(*repository.parents("feature"), side))
    repository.commit("two", branch="feature")

    [told] = poll(source, position)

    assert (told.move.left_out, told.messages) == (1, ["merge", "two"])


@pytest.mark.parametrize("options", [(), ("-a", "-m", "first")], ids=["light", "annotated"])
def test_a_tag_that_is_made_moved_and_deleted(repository: Repository, cache: Path, options: tuple[str, ...]) -> None:
    """
    A tag brings the commits that no other ref has; one that is moved is forced, even if it is moved forwards.
    """
    source = with_tags(repository, cache)
    base = repository.commit("base")
    before = look(source)
    repository.git("tag", *options, "v1", base)
    [made] = poll(source, before)
    before = look(source)
    repository.git("tag", *options, "--force", "v1", repository.commit("tagged", branch="next", parents=(base,)))
    repository.delete("next")
    [moved] = poll(source, before)
    before = look(source)
    repository.git("tag", "--delete", "v1")
    [deleted] = poll(source, before)

    assert (made.move.ref, made.move.before, made.messages) == (TAG, None, [])
    assert (moved.move.before, moved.move.forced, moved.move.dropped) == (made.move.after, True, 0)
    assert moved.messages == ["tagged"]
    assert (deleted.move.before, deleted.move.after) == (moved.move.after, None)


def test_a_tag_on_no_commit(repository: Repository, cache: Path) -> None:
    """
    A tag on a file brings no commits, moves as any other, and is in the way of nothing.
    """
    source = with_tags(repository, cache)
    repository.commit("base")
    position = look(source)
    repository.git("tag", "v1", repository.git("hash-object", "-w", "--stdin", given=b"one"))
    [made] = poll(source, position)
    position = look(source)
    repository.git("tag", "-f", "v1", repository.git("hash-object", "-w", "--stdin", given=b"two"))
    repository.commit("new", branch="feature")
    new, moved = poll(source, position)

    assert (made.commits, moved.commits) == ([], [])
    assert moved.move.forced
    assert new.messages == ["new"]


def test_tags_are_left_alone(repository: Repository, source: GitSource, cache: Path) -> None:
    """
    Tags that are not watched are neither told nor fetched.
    """
    base = repository.commit("base")
    position = look(source)
    repository.git("tag", "v1", base)
    repository.commit("one")
    repository.git("tag", "v2", "main")

    told = poll(source, position)

    assert [each.move.ref for each in told] == [MAIN]
    assert not [path for path in cache.rglob("*") if "tags" in path.name and path.is_file()]


def test_wrong_dates_do_not_bring_old_commits_again(repository: Repository, source: GitSource) -> None:
    """
    Commits are new if the branch has not had them, though dates of a few say that they are old, or from 2106.
    """
    [shared, *_] = dated = repository.dated([1_600_000_000, *[0] * 12, 900_000_000])
    repository.branch("main", dated[-1])
    position = look(source)
    poll(source, {})
    fork = repository.dated([400_000_000, 4_300_000_000, 1_700_000_000], on=shared)
    repository.branch("main", repository.dated([1_700_000_000], on=dated[-1], and_on=fork[-1])[0])

    [told] = poll(source, position)

    assert [commit.oid for commit in told.commits[:-1]] == fork
    assert not told.move.forced


@pytest.mark.parametrize("has_cache", [True, False])
def test_wrong_dates_do_not_make_a_push_forced(repository: Repository, cache: Path, *, has_cache: bool) -> None:
    """
    What was dropped is counted exactly, on a host that has seen the repository and on one that has not.
    """
    source = watch(repository.path, cache)
    [shared, *_] = dated = repository.dated([1_600_000_000, *[0] * 12, 900_000_000])
    fork = repository.dated([400_000_000, 1_700_000_000], on=shared)
    repository.branch("main", fork[-1])
    position = look(source)
    if has_cache:
        poll(source, {})
    repository.branch("main", dated[-1])

    [told] = poll(source, position)

    assert (told.move.forced, told.move.dropped) == (True, 2)
    assert [commit.oid for commit in told.commits] == dated[1:]


def test_a_shallow_repository(repository: Repository, tmp_path: Path, cache: Path) -> None:
    """
    A repository that is itself without its older history is watched as far as it goes.
    """
    repository.history(*map(str, range(5)))
    repository.git(
        "clone", "--quiet", "--bare", "--depth=2", f"file://{repository.path}", str(tmp_path / "shallow.git")
    )
    shallow = Repository(tmp_path / "shallow.git", is_there=True)
    source = watch(shallow.path, cache)
    position = look(source)
    shallow.history("one", "two")

    [told] = poll(source, position)

    assert (told.messages, told.move.forced) == (["one", "two"], False)


def test_a_deleted_branch_brings_nothing(repository: Repository, source: GitSource) -> None:
    """
    There is nothing to tell of a branch that is gone, and nothing to tell again.
    """
    gone = Move(ref=MAIN, before=repository.commit("base"), after=None)

    async def told() -> int:
        return len([1 async for _ in source.commits_since(gone)])

    assert asyncio.run(source.fetch([gone], [])) == [replace(gone)]
    assert asyncio.run(told()) == 0
