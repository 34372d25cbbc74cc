"""Rows about refs that come and go, and about repositories as a whole."""

from __future__ import annotations

import shutil
from pathlib import Path

from msgspec import structs

from headwater.values import Settings
from tests.sources.corners.watcher import Watcher, messages
from tests.sources.repository import Repository

MAIN = "refs/heads/main"
TAG = "refs/tags/v1"


def test_first_check(repository: Repository, watch: Watcher) -> None:
    """
    The first poll takes note of where all refs are, and records no change.
    """
    repository.history("one", "two")
    tip = repository.commit("feature", branch="feature")

    assert watch.position() is None
    assert watch.poll() == []
    assert watch.position() == {MAIN: repository.parents("main")[0], "refs/heads/feature": tip}


def test_empty_repository(repository: Repository, watch: Watcher) -> None:
    """
    A repository that is empty at the first poll has been seen: its first push is recorded.
    """
    watch.poll()
    repository.history("one", "two")

    [change] = watch.poll()

    assert (change.ref, change.before, messages(change)) == (MAIN, None, ["one", "two"])


def test_no_ref_matches_at_first(repository: Repository, watch: Watcher, settings: Settings) -> None:
    """
    So is one in which no ref fits the patterns: those that fit later are new.
    """
    watch.edit(structs.replace(settings, refs=("release/*",)))
    repository.commit("base")
    watch.poll()
    repository.commit("release", branch="release/1")

    [change] = watch.poll()

    assert (change.ref, messages(change)) == ("refs/heads/release/1", ["release"])


def test_branch_deleted(repository: Repository, watch: Watcher) -> None:
    """
    A branch that is gone is a change to nowhere, recorded once.
    """
    base = repository.commit("base")
    watch.poll()
    repository.delete("main")

    [change] = watch.poll()

    assert (change.before, change.after, change.commits) == (base, None, ())
    assert watch.poll() == []
    assert watch.position() == {}


def test_only_configured_branch_deleted(repository: Repository, watch: Watcher, settings: Settings) -> None:
    """
    So it is if it was the only one that is watched; the source says that it is missed, and sees it come back.
    """
    watch.edit(structs.replace(settings, refs=("main",)))
    repository.commit("base")
    watch.poll()
    repository.delete("main")
    [deleted] = watch.poll()
    said = watch.note
    repository.commit("again")
    [made] = watch.poll()

    assert (deleted.after, said) == (None, "there is no ref that fits refs/heads/main")
    assert (made.before, messages(made), watch.note) == (None, ["again"], "")


def test_deleted_then_recreated_at_same_tip(repository: Repository, watch: Watcher) -> None:
    """
    A branch that comes back where it was is new, and brings the commits that no other branch has.
    """
    base = repository.commit("base")
    tip = repository.commit("feature", branch="feature", parents=(base,))
    watch.poll()
    repository.delete("feature")
    watch.poll()
    repository.branch("feature", tip)

    [change] = watch.poll()

    assert (change.before, change.after, change.forced) == (None, tip, False)
    assert messages(change) == ["feature"]


def test_deleted_and_recreated_between_two_polls(repository: Repository, watch: Watcher) -> None:
    """
    A branch that was away between two polls has not moved.
    """
    tip = repository.commit("base")
    watch.poll()
    repository.delete("main")
    repository.branch("main", tip)

    assert watch.poll() == []


def test_new_branch_with_10000_new_commits(repository: Repository, watch: Watcher) -> None:
    """
    A new branch with 10,000 commits is one change with the newest 1,000, which says that 9,000 are left out.
    """
    repository.commit("base")
    watch.poll()
    repository.import_commits(10_000, branch="imported")

    [change] = watch.poll()

    assert (change.before, change.commit_count, change.left_out) == (None, 1_000, 9_000)
    assert messages(change) == [str(number) for number in range(9_000, 10_000)]


def test_new_branch_without_new_commits(repository: Repository, watch: Watcher) -> None:
    """
    A new branch on a commit that is known is a change without commits.
    """
    base = repository.commit("base")
    watch.poll()
    repository.branch("feature", base)

    [change] = watch.poll()

    assert (change.before, change.after, change.commit_count, change.left_out) == (None, base, 0, 0)


def test_new_branch_beside_a_lost_history(repository: Repository, watch: Watcher, tmp_path: Path) -> None:
    """
    A new branch brings all that is new since the tips that are left, though the old tip of another is gone.
    """
    base = repository.commit("base")
    repository.commit("feature", branch="feature", parents=(base,))
    watch.poll()
    repository.amend("rewritten", branch="feature")
    repository.commit("0", branch="topic", parents=(base,))
    repository.history(*map(str, range(1, 5)), branch="topic")
    repository.forget()
    watch.move_to(tmp_path / "another host")

    feature, topic = watch.poll()

    assert (feature.history_lost, messages(feature)) == (True, ["rewritten"])
    assert (topic.history_lost, messages(topic)) == (False, ["0", "1", "2", "3", "4"])


def test_new_branch_when_all_history_is_lost(repository: Repository, watch: Watcher, tmp_path: Path) -> None:
    """
    If no tip that was known is left, nobody can tell what is new on a new branch, and its tip alone is told.
    """
    repository.history("base", "one")
    watch.poll()
    repository.delete("main")
    repository.history("another", "two", branch="topic")
    repository.forget()
    watch.move_to(tmp_path / "another host")

    _, topic = watch.poll()

    assert (topic.before, topic.history_lost, messages(topic)) == (None, True, ["two"])


def test_two_new_refs_on_one_new_commit(repository: Repository, watch: Watcher) -> None:
    """
    So has each of two refs that are new, for none of them had the commit before.
    """
    base = repository.commit("base")
    watch.poll()
    repository.branch("b", repository.commit("new", branch="a", parents=(base,)))

    changes = watch.poll()

    assert [(change.ref, messages(change)) for change in changes] == [
        ("refs/heads/a", ["new"]),
        ("refs/heads/b", ["new"]),
    ]


def test_tags(repository: Repository, watch: Watcher, settings: Settings) -> None:
    """
    A tag made, moved and deleted is a change each, if tags are watched; one that is moved is forced.
    """
    watch.edit(structs.replace(settings, tags=True))
    base = repository.commit("base")
    watch.poll()
    repository.git("tag", "v1", base)
    [made] = watch.poll()
    repository.git("tag", "--force", "-a", "-m", "release", "v1", repository.commit("one"))
    _, moved = watch.poll()
    repository.git("tag", "--delete", "v1")
    [deleted] = watch.poll()

    assert [(change.ref, change.forced) for change in (made, moved, deleted)] == [
        (TAG, False),
        (TAG, True),
        (TAG, False),
    ]
    assert [messages(change) for change in (made, moved, deleted)] == [[], ["one"], []]
    assert (made.after, moved.before, deleted.before) == (base, base, moved.after)


def test_tags_that_are_not_watched(repository: Repository, watch: Watcher) -> None:
    """
    Tags are no changes, unless somebody wants them.
    """
    repository.git("tag", "v1", repository.commit("base"))
    watch.poll()
    repository.git("tag", "v2", "main")

    assert watch.poll() == []


def test_shallow_repository(repository: Repository, watch: Watcher, settings: Settings, tmp_path: Path) -> None:
    """
    A repository without its older history is watched as far as it goes.
    """
    repository.history(*map(str, range(5)))
    repository.git("clone", "-q", "--bare", "--depth=2", f"file://{repository.path}", str(tmp_path / "shallow.git"))
    shallow = Repository(tmp_path / "shallow.git", is_there=True)
    watch.edit(structs.replace(settings, url=str(shallow.path)))
    watch.poll()
    shallow.history("one", "two")

    [change] = watch.poll()

    assert (messages(change), change.forced) == (["one", "two"], False)


def test_huge_repository(repository: Repository, watch: Watcher, cache: Path) -> None:
    """
    The cache has commits without the files, only of refs that moved, and no tags; it is made anew if it is deleted.
    """
    repository.history("base", "one")
    repository.git("tag", "v1", "main")
    watch.poll()
    nothing_yet = cache.exists()
    repository.commit("two")
    watch.poll()
    filtered = list(cache.rglob("*.promisor"))
    shutil.rmtree(cache)
    repository.commit("three")

    [change] = watch.poll()

    assert not nothing_yet
    assert filtered
    assert messages(change) == ["three"]
    assert not list(cache.rglob("v1*"))
