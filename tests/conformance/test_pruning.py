"""What is older than it is to be kept goes in slices: changes with their commits, past claims, and what was removed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from headwater import Move, Settings, Store
from headwater.values import Fence
from tests.conformance.commits import commit
from tests.conformance.holding import FIRST, MAIN, claim, claimed, record
from tests.conformance.rows import Row, history, run, run_all

DAY = 86_400.0


def moves(store: Store, fence: Fence, count: int, *, first: int = 0, commits: int = 1) -> None:
    """
    Record so many changes of a source, each a new ref with commits.
    """
    for number in range(first, first + count):
        brought = [commit(f"{number}.{one}") for one in range(commits)]
        record(store, fence, number, Move(ref=f"refs/heads/{number}", before=None, after="a"), brought)


def age(url: str, days: float, *, up_to: int = 2**31) -> None:
    """
    Make changes up to a number, all past claims and removals older.
    """
    ago = round(days * DAY * 1000)
    run_all(
        url,
        "UPDATE changes SET recorded_at = recorded_at - :ago WHERE number <= :up_to",
        "UPDATE claim_history SET since = since - :ago, until = until - :ago WHERE until IS NOT NULL",
        "UPDATE removed_sources SET removed_at = removed_at - :ago, kept_until = kept_until - :ago",
        ago=ago,
        up_to=up_to,
    )


def numbers(store: Store) -> list[int]:
    """
    Return the numbers of all changes that the feed has.
    """
    return [change.number for change in store.changes(most=10_000)]


def commits(url: str) -> list[Row]:
    """
    Return how many commits there are of each source and move.
    """
    return run(url, "SELECT changesourceid, move, count(*) FROM commits GROUP BY changesourceid, move ORDER BY 1, 2")


def keep(store: Store, fence: Fence, days: float) -> None:
    """
    Have what a source leaves be kept for so long.
    """
    store.edit(change={fence.source: (f"source {fence.source}", Settings(kind="git", url="u", keep=days * DAY))})


def test_only_what_is_old_goes(fresh_store: Store, fence: Fence, database: str) -> None:
    """
    Changes that are older than the source keeps them are deleted with their commits, younger ones stay whole.
    """
    moves(fresh_store, fence, 5, commits=2)
    age(database, 89, up_to=4)
    nothing = fresh_store.prune([fence.source])
    before = numbers(fresh_store)
    age(database, 2, up_to=3)

    assert (0, [1, 2, 3, 4, 5]) == (nothing, before)
    assert 0 == fresh_store.prune([fence.source])
    assert [4, 5] == numbers(fresh_store)
    assert [2, 2] == [len(change.commits) for change in fresh_store.changes()]
    assert [(fence.source, 3, 2), (fence.source, 4, 2)] == commits(database)


def test_each_source_keeps_for_as_long_as_it_is_set(fresh_store: Store, fence: Fence, database: str) -> None:
    """
    How long is a setting of each source; and only the sources that are named are pruned.
    """
    short, long, other = fence, claimed(fresh_store), claimed(fresh_store)
    for one in (short, long, other):
        if one is not fence:
            fresh_store.baseline(one, {})
        moves(fresh_store, one, 1)
    keep(fresh_store, short, 1)
    keep(fresh_store, long, 365)
    keep(fresh_store, other, 1)
    age(database, 100)

    assert 0 == fresh_store.prune([short.source, long.source, 2**31, 0])
    assert [2, 3] == numbers(fresh_store)


def test_it_goes_in_slices(fresh_store: Store, fence: Fence, database: str) -> None:
    """
    At most so many changes go at once, the oldest first, and the answer says that there are more, until there are none.
    """
    moves(fresh_store, fence, 7)
    age(database, 100)

    left = []
    kept = []
    for _ in range(4):
        left.append(fresh_store.prune([fence.source], most=3) > 0)
        kept.append(numbers(fresh_store))

    assert [True, True, False, False] == left
    assert [[4, 5, 6, 7], [7], [], []] == kept
    assert [] == commits(database)


def test_a_change_with_many_commits(fresh_store: Store, fence: Fence, database: str) -> None:
    """
    A change with more commits than one statement deletes goes as a whole, and so do many small ones around it.
    """
    moves(fresh_store, fence, 3)
    moves(fresh_store, fence, 1, first=3, commits=2500)
    moves(fresh_store, fence, 3, first=4, commits=400)
    age(database, 100, up_to=6)

    assert 0 == fresh_store.prune([fence.source])
    assert [7] == numbers(fresh_store)
    assert [(fence.source, 6, 400)] == commits(database)


def test_what_is_staged_stays(fresh_store: Store, fence: Fence, database: str) -> None:
    """
    Commits of a move that is not recorded yet are left alone.
    """
    moves(fresh_store, fence, 1)
    fresh_store.stage(fence, 7, 0, [commit("staged")])
    age(database, 100)
    fresh_store.prune([fence.source])

    assert 2 == fresh_store.record(fence, 7, Move(ref=MAIN, before="a", after="b"), 1)
    assert ["staged"] == [one.message for one in fresh_store.changes()[0].commits]


def test_the_feed_says_where_it_begins(fresh_store: Store, fence: Fence, database: str) -> None:
    """
    The lowest number that the feed still has; of an empty one, the number that the next change will have.
    """
    empty = fresh_store.oldest()
    moves(fresh_store, fence, 3)
    full = fresh_store.oldest()
    age(database, 100, up_to=2)
    fresh_store.prune([fence.source])
    pruned = fresh_store.oldest()
    age(database, 100)
    fresh_store.prune([fence.source])

    assert (1, 1, 3, 4) == (empty, full, pruned, fresh_store.oldest())
    assert 4 == record(fresh_store, fence, 3, FIRST)


def test_the_newest_past_claim_stays(fresh_store: Store, fence: Fence, database: str) -> None:
    """
    Past claims go when they are old, but for the newest one of a source; the one that is open stays in any case.
    """
    tokens = [fence.token]
    for _ in range(3):
        fresh_store.force_release([fence.source])
        tokens.append(claim(fresh_store, fence.source, fresh_store.join("ci")).token)
    age(database, 100)

    assert 0 == fresh_store.prune([fence.source])
    assert tokens[2:] == [token for token, _, _ in history(database, fence.source)]


def test_many_past_claims_go_in_slices(fresh_store: Store, fence: Fence, database: str) -> None:
    """
    Past claims count as much as changes do.
    """
    master = fresh_store.join("ci")
    for _ in range(6):
        fresh_store.force_release([fence.source])
        claim(fresh_store, fence.source, master)
    moves(fresh_store, claim_again(fresh_store, fence), 2)
    age(database, 100)

    assert fresh_store.prune([fence.source], most=4) > 0
    assert [] == numbers(fresh_store)
    assert 6 == len(history(database, fence.source))
    assert fresh_store.prune([fence.source], most=3) > 0
    assert 0 == fresh_store.prune([fence.source], most=3)
    assert 2 == len(history(database, fence.source))


def claim_again(store: Store, fence: Fence) -> Fence:
    """
    End the claim and make another one.
    """
    store.force_release([fence.source])
    return claim(store, fence.source, store.join("ci"))


def test_what_was_removed_goes_when_its_time_is_over(fresh_store: Store, fence: Fence, database: str) -> None:
    """
    What a removed source leaves is kept as long as the source kept it, then whoever prunes deletes all of it.
    """
    keep(fresh_store, fence, 10)
    moves(fresh_store, fence, 3, commits=2)
    fresh_store.stage(fence, 9, 0, [commit(str(number)) for number in range(1200)])
    fresh_store.edit(remove=[fence.source])
    age(database, 9, up_to=1)
    other = claimed(fresh_store)
    fresh_store.prune([other.source])
    before = numbers(fresh_store)
    age(database, 2, up_to=1)

    assert [1, 2, 3] == before
    assert 0 == fresh_store.prune([other.source])
    assert [] == numbers(fresh_store)
    assert [] == commits(database)
    assert [] == history(database, fence.source)
    assert [] == run(database, "SELECT id FROM removed_sources")
    assert fence.source < claimed(fresh_store).source


def test_what_was_removed_goes_in_slices(fresh_store: Store, fence: Fence, database: str) -> None:
    """
    Until all of it is gone, a removed source is known by its name.
    """
    moves(fresh_store, fence, 3)
    fresh_store.edit(change={fence.source: ("last", Settings(kind="git", url="u"))})
    fresh_store.edit(remove=[fence.source])
    age(database, 100)

    assert fresh_store.prune([], most=2) > 0
    assert [(3, "last")] == [(change.number, change.source_name) for change in fresh_store.changes()]
    assert fresh_store.prune([], most=1) > 0
    assert 0 == fresh_store.prune([], most=2)
    assert [] == run(database, "SELECT id FROM removed_sources")


def test_what_has_no_settings_is_kept_for_ninety_days(fresh_store: Store, database: str) -> None:
    """
    Of a name that has no settings the history is kept for as long as is usual, and the newest past claim of it stays.
    """
    (source,) = fresh_store.register(["nightly-report"]).values()
    master = fresh_store.join("ci")
    tokens = []
    for _ in range(3):
        tokens.append(claim(fresh_store, source, master).token)
        fresh_store.force_release([source])
    age(database, 89)
    fresh_store.prune([source])
    before = history(database, source)
    age(database, 2)

    assert 0 == fresh_store.prune([source])
    assert tokens == [token for token, _, _ in before]
    assert tokens[-1:] == [token for token, _, _ in history(database, source)]


def test_several_may_prune_at_once(fresh_store: Store, fence: Fence, database: str) -> None:
    """
    Masters that prune the same sources side by side do not disturb each other, nor who records meanwhile.
    """
    moves(fresh_store, fence, 60, commits=3)
    age(database, 100, up_to=50)
    stores = [Store(database) for _ in range(3)]

    def prune(store: Store) -> None:
        while store.prune([fence.source], most=7):
            pass

    with ThreadPoolExecutor(4) as pool:
        pruning = [pool.submit(prune, store) for store in stores]
        moves(fresh_store, fence, 10, first=60)
        for one in pruning:
            one.result()
    for store in stores:
        store.close()

    assert list(range(51, 71)) == numbers(fresh_store)
    assert [3] * 10 + [1] * 10 == [count for _, _, count in commits(database)]


def test_what_cannot_be_pruned(fresh_store: Store) -> None:
    """
    A number of changes that is none is refused.
    """
    with pytest.raises(ValueError, match="most is a number from 1 on"):
        fresh_store.prune([1], most=0)
