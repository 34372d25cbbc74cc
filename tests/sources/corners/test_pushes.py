"""Rows about pushes to branches that are known."""

from __future__ import annotations

from pathlib import Path

from msgspec import structs

from headwater.values import Settings
from tests.sources.corners.watcher import Watcher, messages
from tests.sources.repository import Repository

MAIN = "refs/heads/main"
TAG = "refs/tags/v1"


def test_normal_push_of_3(repository: Repository, watch: Watcher) -> None:
    """
    Three commits pushed at once are one change with three commits, oldest first.
    """
    base = repository.commit("base")
    watch.poll()
    *_, tip = repository.history("one", "two", "three")

    [change] = watch.poll()

    assert (change.number, change.before, change.after, change.forced) == (1, base, tip, False)
    assert messages(change) == ["one", "two", "three"]


def test_force_push_amend(repository: Repository, watch: Watcher) -> None:
    """
    An amended commit is a forced change with the new commit, and one commit dropped.
    """
    repository.commit("base")
    before = repository.commit("typo")
    watch.poll()
    after = repository.amend("no typo")

    [change] = watch.poll()

    assert (change.before, change.after, change.forced, change.dropped) == (before, after, True, 1)
    assert messages(change) == ["no typo"]


def test_forced_back_a_b_a(repository: Repository, watch: Watcher) -> None:
    """
    There and back again is two changes; the way back brings only what was away.
    """
    repository.commit("base")
    a = repository.commit("a")
    watch.poll()
    b = repository.amend("b")
    there = watch.poll()
    repository.branch("main", a)
    back = watch.poll()

    assert [(change.before, change.after, change.forced) for change in (*there, *back)] == [(a, b, True), (b, a, True)]
    assert [messages(change) for change in (*there, *back)] == [["b"], ["a"]]


def test_rewritten_history_and_a_host_without_a_clone(repository: Repository, watch: Watcher, tmp_path: Path) -> None:
    """
    Another host, which has no clone, fetches the old tip by its id: no flood, and all numbers exact.
    """
    repository.history(*map(str, range(50)))
    watch.poll()
    repository.amend("rewritten")
    repository.commit("next")
    watch.move_to(tmp_path / "another host")

    [change] = watch.poll()

    assert (change.forced, change.dropped, change.history_lost) == (True, 1, False)
    assert messages(change) == ["rewritten", "next"]


def test_rewritten_history_that_nobody_has_any_more(repository: Repository, watch: Watcher, tmp_path: Path) -> None:
    """
    If the old tip is gone for good, the change says so and tells the new tip only.
    """
    repository.history(*map(str, range(50)))
    watch.poll()
    repository.amend("rewritten")
    repository.commit("next")
    repository.forget()
    watch.move_to(tmp_path / "another host")

    [change] = watch.poll()

    assert (change.forced, change.dropped, change.history_lost) == (True, 0, True)
    assert messages(change) == ["next"]


def test_known_branch_with_many_new_commits(repository: Repository, watch: Watcher) -> None:
    """
    A push to a branch that is known is recorded whole.
    """
    repository.commit("base")
    watch.poll()
    repository.import_commits(1_500)

    [change] = watch.poll()

    assert (change.commit_count, change.left_out) == (1_500, 0)
    assert messages(change) == [str(number) for number in range(1_500)]


def test_fast_forward_of_main_onto_a_watched_branch(repository: Repository, watch: Watcher) -> None:
    """
    Main is told its commits though a watched branch had them before.
    """
    base = repository.commit("base")
    watch.poll()
    tip = repository.commit("feature", branch="feature", parents=(base,))
    watch.poll()
    repository.branch("main", tip)

    [change] = watch.poll()

    assert (change.ref, change.before, change.after, change.forced) == (MAIN, base, tip, False)
    assert messages(change) == ["feature"]


def merge_3(repository: Repository) -> None:
    """
    Push a merge of three commits that nobody has seen.
    """
    base = repository.parents("main")
    side = repository.commit("1", branch="side", parents=base)
    side = [side, *repository.history("2", "3", branch="side")][-1]
    repository.delete("side")
    repository.commit("merge", parents=(*base, side))


def test_merge_of_3_unseen_commits(repository: Repository, watch: Watcher) -> None:
    """
    A merge brings what it merged, each commit after its parents and with their ids.
    """
    base = repository.commit("base")
    watch.poll()
    merge_3(repository)

    [change] = watch.poll()

    assert messages(change) == ["1", "2", "3", "merge"]
    assert change.commits[-1].parents == (base, change.commits[-2].oid)


def test_merge_of_3_unseen_commits_by_first_parents(repository: Repository, watch: Watcher, settings: Settings) -> None:
    """
    A source that follows first parents records the merge only.
    """
    watch.edit(structs.replace(settings, first_parent=True))
    repository.commit("base")
    watch.poll()
    merge_3(repository)

    [change] = watch.poll()

    assert messages(change) == ["merge"]


def test_two_refs_move_to_one_new_commit(repository: Repository, watch: Watcher) -> None:
    """
    Each ref has a change of its own, with the commit that both have got.
    """
    repository.branch("other", repository.commit("base"))
    watch.poll()
    repository.branch("other", repository.commit("next"))

    changes = watch.poll()

    assert [(change.ref, messages(change)) for change in changes] == [(MAIN, ["next"]), ("refs/heads/other", ["next"])]


def test_commit_order(repository: Repository, watch: Watcher) -> None:
    """
    Commits stand in the order of history: dates, from 2106 or before 1980, are data.
    """
    base = repository.commit("base")
    watch.poll()
    dates = [4_300_000_000, 0, 1_700_000_000, 300_000_000]
    chain = repository.dated(dates, on=base)
    repository.branch("main", chain[-1])

    [change] = watch.poll()

    assert [commit.oid for commit in change.commits] == chain
    assert [commit.committed_at for commit in change.commits] == dates
