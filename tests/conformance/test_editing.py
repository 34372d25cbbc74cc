"""Editing sources: what is added, changed and removed in one go is all there, or nothing is."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from headwater import (
    HeadwaterError,
    NameTakenError,
    Settings,
    Store,
    UnknownChangeSourceError,
    WrongKindError,
)
from headwater.values import Fence, Report
from tests.conformance import buildbot_tables
from tests.conformance.faces import STORES, new_name
from tests.conformance.holding import FIRST, MAIN, claimed, record
from tests.conformance.rows import history
from tests.conformance.settings import git, settings_of


def names(store: Store) -> dict[str, int]:
    """
    Return all sources' ids by their names.
    """
    return {source.name: source.id for source in store.sources()}


@STORES
def test_added_sources_can_be_claimed(store: Store) -> None:
    """
    New names get ids and settings, and are claimable at once; 1,100 in one go as well as one.
    """
    one = new_name()
    (id_,) = store.edit(add={one: git()}).values()
    many = store.edit(add={f"{one} {number}": git(str(number), host=one) for number in range(1100)})

    assert store.find([one]) == {one: id_}
    assert id_ in {watched.id for watched in store.claimable(host="h", kinds=["git"])}
    assert 1000 == len(store.claimable(host=one, kinds=["git"]))
    assert 1100 == len(set(many.values()))
    assert store.find(many) == many


@STORES
def test_a_name_that_is_there_is_an_error(store: Store) -> None:
    """
    A new source with a name that is there is refused with the id of the one that has it, and nothing is done.
    """
    there, new = new_name(), new_name()
    (id_,) = store.register([there]).values()
    (changed,) = store.edit(add={new_name(): git("before")}).values()

    with pytest.raises(NameTakenError) as refusal:
        store.edit(add={new: git(), there: git()}, change={changed: (new_name(), git("after"))}, remove=[])

    assert (there, id_) == (refusal.value.name, refusal.value.changesourceid)
    assert {} == store.find([new])
    assert git("before") == settings_of(store, changed)
    assert settings_of(store, id_) is None


@STORES
def test_a_change_keeps_all_else(store: Store) -> None:
    """
    A source with a new name and URL has its id, its claim, its position and its history still.
    """
    fence = claimed(store)
    store.baseline(fence, {MAIN: "a"})
    name = new_name()
    store.edit(change={fence.source: (name, git("new", poll=5.0))})
    number = record(store, fence, 0, FIRST)

    (change,) = store.changes(after=number - 1, most=1)
    brief = store.brief(fence.source)
    assert brief is not None
    assert (name, git("new", poll=5.0), {MAIN: "b"}) == (brief.name, brief.settings, brief.refs)
    assert (name, fence.source) == (change.source_name, change.source)
    assert store.find([name]) == {name: fence.source}


@STORES
def test_a_new_name_that_is_taken_is_an_error(store: Store) -> None:
    """
    A source cannot be given a name that another one has; its settings stay as they are, too.
    """
    mine, other = new_name(), new_name()
    ids = store.edit(add={mine: git("before"), other: git()})

    with pytest.raises(NameTakenError) as refusal:
        store.edit(change={ids[mine]: (other, git("after"))})

    assert (other, ids[other]) == (refusal.value.name, refusal.value.changesourceid)
    assert git("before") == settings_of(store, ids[mine])


@STORES
def test_names_may_be_exchanged(store: Store) -> None:
    """
    Sources may take each other's names in one edit, and one that is removed in it leaves its own to a new one.
    """
    a, b, c, d = (new_name() for _ in range(4))
    ids = store.edit(add={a: git("a"), b: git("b"), c: git("c"), d: git("d")})
    added = store.edit(
        add={d: git("new")},
        change={ids[a]: (b, git("a")), ids[b]: (c, git("b")), ids[c]: (a, git("c"))},
        remove=[ids[d]],
    )

    assert store.find([a, b, c, d]) == {a: ids[c], b: ids[a], c: ids[b], d: added[d]}
    assert ids[d] < added[d]


@STORES
def test_what_had_a_name_only_gets_settings(store: Store) -> None:
    """
    A source that was registered only is claimable once it is given settings, unless somebody holds it.
    """
    free, held = store.register([new_name(), new_name()]).values()
    store.claim([held], store.join(new_name()))
    store.edit(change={free: (new_name(), git()), held: (new_name(), git())})

    claimable = {watched.id for watched in store.claimable(host="h", kinds=["git"])}
    assert {free} == claimable & {free, held}


@STORES
def test_who_can_no_longer_run_it_loses_it(store: Store, shared_database: str) -> None:
    """
    A claim ends when its source becomes one of another kind or host; a new URL or poll leaves it alone.
    """
    stays, moves = claimed(store), claimed(store)
    store.edit(change={stays.source: (new_name(), git("new", poll=1.0)), moves.source: (new_name(), git(host="other"))})

    assert [None] == [why for _, _, why in history(shared_database, stays.source)]
    assert ["forced"] == [why for _, _, why in history(shared_database, moves.source)]


@STORES
@pytest.mark.parametrize("how", ["change", "remove"])
def test_an_unknown_source_is_an_error(store: Store, how: str) -> None:
    """
    Who changes or removes what is not there is told so, and nothing else of the edit is done.
    """
    new, gone = new_name(), new_name()
    (id_,) = store.edit(add={gone: git()}).values()
    store.edit(remove=[id_])
    for unknown in (id_, 2**31, 0):
        edit = {"change": {unknown: (new_name(), git())}} if how == "change" else {"remove": [unknown]}

        with pytest.raises(UnknownChangeSourceError) as refusal:
            store.edit(add={new: git()}, **edit)
        assert unknown == refusal.value.changesource
    assert {} == store.find([new])


@STORES
def test_nothing_to_edit(store: Store) -> None:
    """
    An edit of nothing does nothing, and counts as none.
    """
    before = store.edited(-1)

    assert {} == store.edit()
    assert before == store.edited(-1)


LONG = "a" * 65

REFUSED: dict[str, tuple[Callable[[Store], object], str]] = {
    "a name twice": (lambda s: s.edit(add={"a": git()}, change={1: ("a", git())}), "both be called 'a'"),
    "changed and removed": (
        lambda s: s.edit(change={1: ("a", git())}, remove=[1]),
        "cannot be both changed and removed",
    ),
    "seen and not edited": (lambda s: s.edit(seen={1: ("a", git())}), "change source 1 is not edited"),
    "a long kind": (lambda s: s.edit(add={"a": Settings(kind=LONG, url="u")}), "a kind can hold 64 bytes"),
    "a NUL in a URL": (lambda s: s.edit(add={"a": git("\0")}), "a URL cannot hold a NUL"),
    "a NUL in a pattern": (lambda s: s.edit(add={"a": git(refs=("\0",))}), "a pattern cannot hold a NUL"),
    "a surrogate in an option": (
        lambda s: s.edit(add={"a": git(options={"x": "\ud800"})}),
        "a setting cannot hold a lone surrogate",
    ),
    "no time between polls": (lambda s: s.edit(add={"a": git(poll=0)}), "poll is a number of seconds"),
    "kept for ever": (lambda s: s.edit(add={"a": git(keep=float("inf"))}), "keep is a number of seconds"),
    "not a number": (lambda s: s.edit(add={"a": git(poll=float("nan"))}), "poll is a number of seconds"),
}


@STORES
@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be(store: Store, what: str) -> None:
    """
    What no database can hold, or makes no sense, is refused in one sentence.
    """
    call, sentence = REFUSED[what]

    with pytest.raises(ValueError, match=sentence):
        call(store)


def test_one_of_many_gets_the_name(fresh_store: Store, database: str) -> None:
    """
    Of several who add or rename to one name at the same time one gets it, and the others are told who has it.
    """
    others = [Store(database) for _ in range(6)]
    ids = fresh_store.edit(add={f"old {number}": git() for number in range(3)})

    def adding(store: Store) -> int:
        return store.edit(add={"wanted": git()})["wanted"]

    def renaming(store: Store, id_: int) -> int:
        store.edit(change={id_: ("wanted", git())})
        return id_

    def outcome(run: Callable[[], int]) -> int | HeadwaterError:
        try:
            return run()
        except HeadwaterError as error:
            return error

    calls = [partial(adding, store) for store in others[:3]]
    calls += [partial(renaming, store, id_) for store, id_ in zip(others[3:], ids.values(), strict=True)]
    with ThreadPoolExecutor(len(calls)) as pool:
        outcomes = list(pool.map(outcome, calls))
    for store in others:
        store.close()

    (winner,) = [one for one in outcomes if isinstance(one, int)]
    assert [("wanted", winner)] * 5 == [
        (one.name, one.changesourceid) for one in outcomes if isinstance(one, NameTakenError)
    ]
    assert fresh_store.find(["wanted"]) == {"wanted": winner}


def test_buildbots_tables_have_no_settings(empty_database: str) -> None:
    """
    Every verb about what is watched is refused on Buildbot's database.
    """
    buildbot_tables.create(empty_database)
    fence = Fence(source=1, master=1, token=1)
    with Store(empty_database) as store:
        verbs: list[Callable[[], object]] = [
            lambda: store.edit(add={"a": git()}),
            store.edit,
            lambda: store.pause([1], why="w", by="b"),
            lambda: store.resume([1]),
            lambda: store.ask_check([1]),
            lambda: store.edited(0),
            lambda: store.brief(1),
            lambda: store.brief(0),
            lambda: store.rebase(fence, selection="", add={}, drop=[]),
            lambda: store.report([Report(source=1, token=1, state="ok")]),
            lambda: store.report([]),
            lambda: store.condition(1),
            store.conditions,
            store.pauses,
            lambda: store.prune([1]),
            store.oldest,
        ]
        for verb in verbs:
            with pytest.raises(WrongKindError, match="is Buildbot's database"):
                verb()
