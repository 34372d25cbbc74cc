"""Pausing sources: nobody runs what is paused, and all can see by whom, why and until when."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor

import pytest

from headwater import ChangeSourceAlreadyClaimedError, ClaimLostError, Settings, Store
from headwater.store import verbs
from tests.conformance.conftest import GIT
from tests.conformance.faces import STORES, StoreFace, new_name
from tests.conformance.holding import claim, claimed
from tests.conformance.rows import history, run

pytestmark = STORES

A_MINUTE = 60_000


def added(store: Store, count: int = 1) -> list[int]:
    """
    Add sources that anybody can claim.
    """
    name = new_name()
    return sorted(store.edit(add={f"{name} {number}": GIT for number in range(count)}).values())


def claimable(store: Store) -> set[int]:
    """
    Return the sources that a master may pick.
    """
    return {watched.id for watched in store.claimable(host="h", kinds=["git"])}


def end_notice(url: str, *ids: int) -> None:
    """
    Have the time pass that a holder has to notice that its claim was ended.
    """
    for id_ in ids:
        run(
            url,
            "UPDATE source_settings SET paused_at = paused_at - :ago, claimable_at = claimable_at - :ago"
            " WHERE changesourceid = :id",
            ago=A_MINUTE,
            id=id_,
        )


def test_a_pause_ends_the_claim(store: Store, shared_database: str) -> None:
    """
    The claim of a paused source has ended, its holder is told and can record nothing, and the history says why.
    """
    fence = claimed(store)
    before = run(shared_database, "SELECT claims_version FROM master_facts WHERE masterid = :id", id=fence.master)

    assert [fence.source] == store.pause([fence.source], why="too loud", by="ada")

    assert before < run(
        shared_database, "SELECT claims_version FROM master_facts WHERE masterid = :id", id=fence.master
    )
    assert [(fence.token, fence.master, "paused")] == history(shared_database, fence.source)
    with pytest.raises(ClaimLostError):
        store.baseline(fence, {})


def test_nobody_picks_what_is_paused(store: Store, shared_database: str) -> None:
    """
    A paused source is not among the free ones, and a master that claims it all the same is not given it.
    """
    paused, free = added(store, 2)
    life = store.join(new_name())
    store.pause([paused], why="w", by="ada")

    assert {free} == claimable(store) & {paused, free}
    assert [free] == list(store.claim([paused, free], life))
    assert {} == store.claim([paused], life)
    assert [] == history(shared_database, paused)


def test_what_was_refused_leaves_nothing(store: Store, shared_database: str) -> None:
    """
    Where several claims come in one batch, those of paused sources are refused and all others won.
    """
    ids = added(store, 40)
    life = store.join(new_name())
    store.pause(ids[::2], why="w", by="ada")

    won = store.claim(ids, life)

    assert set(ids[1::2]) == set(won)
    assert [(len(won),)] == run(shared_database, "SELECT count(*) FROM claim_history WHERE masterid = :id", id=life.id)


def test_a_resumed_source_is_claimable(store: Store, shared_database: str) -> None:
    """
    A source that is resumed can be picked and claimed again at once, if nobody was still to notice the pause.
    """
    (id_,) = added(store)
    store.pause([id_], why="w", by="ada")
    end_notice(shared_database, id_)

    assert [id_] == store.resume([id_])

    assert id_ in claimable(store)
    assert [id_] == list(store.claim([id_], store.join(new_name())))
    assert id_ not in store.pauses()


def test_a_holder_has_time_to_notice(store: Store, shared_database: str) -> None:
    """
    Who resumes at once what was just paused leaves the holder the time that it has after a forced release.
    """
    fence = claimed(store)
    store.pause([fence.source], why="w", by="ada")
    store.resume([fence.source])

    assert fence.source not in claimable(store)
    end_notice(shared_database, fence.source)
    assert fence.source in claimable(store)


def test_who_and_why_are_told(store: Store) -> None:
    """
    Everybody can see who paused a source, why and until when; whoever pauses it again has the last word.
    """
    for_good, for_a_while, plain = added(store, 3)
    store.pause([for_good], why="broken 'hosts' 😀", by="ada")
    store.pause([for_a_while], why="w", by="grace")
    store.pause([for_a_while], why="later", by="ada", seconds=7200.5)

    pauses = store.pauses()
    assert ("broken 'hosts' 😀", "ada", None) == (pauses[for_good].why, pauses[for_good].by, pauses[for_good].until)
    assert ("later", "ada") == (pauses[for_a_while].why, pauses[for_a_while].by)
    assert pauses[for_a_while].until == pauses[for_a_while].since + 7_200_500
    assert plain not in pauses


def test_a_pause_ends_by_itself(store: Store, shared_database: str) -> None:
    """
    Whoever asks what was edited resumes the sources whose pause is over, and no others.
    """
    over, lasts, for_good = added(store, 3)
    store.pause([over, lasts], why="w", by="ada", seconds=60)
    store.pause([for_good], why="w", by="ada")
    end_notice(shared_database, over, lasts, for_good)
    run(shared_database, "UPDATE source_settings SET paused_until = 5 WHERE changesourceid = :id", id=over)
    store.edited(0)

    pauses = store.pauses()
    assert over not in pauses
    assert {lasts, for_good} <= set(pauses)
    assert {over} == claimable(store) & {over, lasts, for_good}


def test_only_what_is_there_is_paused(store: Store, shared_database: str) -> None:
    """
    Sources that are not there, or have a name only, are left out; there may be 1,100 others in one go.
    """
    ids = added(store, 1100)
    (named,) = store.register([new_name()]).values()

    paused = store.pause([*ids, named, 2**31, 0, *ids], why="w", by="ada")
    end_notice(shared_database, ids[0], ids[-1])
    resumed = store.resume([*ids, named, 2**31, 0])

    assert ids == sorted(paused) == sorted(resumed)
    assert {ids[0], ids[-1]} <= claimable(store)


def test_resuming_what_runs_changes_nothing(store: Store) -> None:
    """
    Who resumes a source that is not paused leaves its claim alone, and does not make it claimable.
    """
    fence = claimed(store)

    assert [fence.source] == store.resume([fence.source])
    assert fence.source not in claimable(store)
    store.baseline(fence, {})


@pytest.mark.parametrize("end", ["release", "force", "hand over", "leave"])
def test_the_end_of_a_claim_ends_no_pause(store: Store, shared_database: str, end: str) -> None:
    """
    However a claim ends that somebody made of a paused source by the connector, the source stays paused.
    """
    (id_,) = added(store)
    store.pause([id_], why="w", by="ada")
    life = store.join(new_name())
    store.ask(verbs.claim_for(id_, life.id))
    (token,) = [token for token, _, why in history(shared_database, id_) if why is None]
    match end:
        case "release":
            store.release({id_: token}, life)  # type: ignore[dict-item] # a row's token is an int
        case "force":
            store.force_release([id_])
        case "hand over":
            store.ask(verbs.release_claims({id_: token}, life))  # type: ignore[dict-item] # as above
        case _:
            store.leave(life)

    assert id_ in store.pauses()
    assert id_ not in claimable(store)


def test_what_the_connector_has_is_not_claimable_after_a_pause(store: Store) -> None:
    """
    A source that was claimed by the connector while it was paused is its holder's after the pause, and not free.
    """
    (id_,) = added(store)
    store.pause([id_], why="w", by="ada")
    life = store.join(new_name())
    store.ask(verbs.claim_for(id_, life.id))
    store.resume([id_])

    assert id_ not in claimable(store)
    with pytest.raises(ChangeSourceAlreadyClaimedError):
        store.ask(verbs.claim_for(id_, store.join(new_name()).id))


def test_a_pause_may_be_edited_in(store: Store) -> None:
    """
    A paused source that is given new settings stays paused.
    """
    (id_,) = added(store)
    store.pause([id_], why="w", by="ada")
    store.edit(change={id_: (new_name(), Settings(kind="git", url="new", host="other"))})

    assert id_ in store.pauses()
    assert id_ not in claimable(store)


def test_pausing_while_others_claim(store: Store, face: StoreFace, shared_database: str) -> None:
    """
    However a pause and claims of the same sources meet, what is paused has no claim.
    """
    ids = added(store, 3)
    with Store(shared_database) as other:
        life = other.join(new_name())
        for turn in range(12):
            with ThreadPoolExecutor(1) as pool:
                claiming = pool.submit(lambda: [other.claim([id_], life) for id_ in itertools.chain(ids, ids)])
                paused = store.pause(ids, why="w", by="ada")
                claiming.result()
            assert ids == paused
            assert [None] * 3 == [face.get_source(id_)["masterid"] for id_ in ids], turn  # type: ignore[index]
            store.resume(ids)


def test_resuming_while_claims_end(store: Store, shared_database: str) -> None:
    """
    However the end of a pause meets the end of a claim that only the connector makes under one, all is claimable.
    """
    ids = added(store, 3)
    with Store(shared_database) as other, ThreadPoolExecutor(1) as pool:
        life = other.join(new_name())
        for _ in range(20):
            store.pause(ids, why="w", by="ada")
            for id_ in ids:
                other.ask(verbs.claim_for(id_, life.id))
            ending = pool.submit(other.force_release, ids)
            store.resume(ids)
            ending.result()
            assert [(0,)] == run(
                shared_database,
                f"SELECT COUNT(*) FROM source_settings WHERE changesourceid IN {tuple(ids)} AND claimable_at IS NULL",
            )


@pytest.mark.parametrize("seconds", [0, -1, float("inf"), float("nan")])
def test_no_time_is_no_pause(store: Store, seconds: float) -> None:
    """
    A pause of no time, or of a time without an end that is not said to be without one, is refused.
    """
    with pytest.raises(ValueError, match="a pause lasts for more than 0 s"):
        store.pause([1], why="w", by="ada", seconds=seconds)


def test_a_claim_after_the_pause_is_as_any_other(store: Store) -> None:
    """
    The position is where it was, and the next holder goes on from there.
    """
    fence = claimed(store)
    store.baseline(fence, {"refs/heads/main": "a"}, "all")
    store.pause([fence.source], why="w", by="ada")
    store.resume([fence.source])
    successor = claim(store, fence.source, store.join(new_name()))

    brief = store.brief(fence.source)
    assert brief is not None
    assert ({"refs/heads/main": "a"}, "all") == (brief.refs, brief.selection)
    assert successor.token > fence.token
