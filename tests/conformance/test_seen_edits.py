"""Editing by what was seen: who decided on a source that is another by now is told so, and nothing is done."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from headwater import EditedMeanwhileError, Store
from tests.conformance.faces import STORES, new_name
from tests.conformance.settings import git, settings_of


@STORES
@pytest.mark.parametrize("how", ["change", "remove"])
@pytest.mark.parametrize("what", ["name", "settings"])
def test_what_is_no_longer_as_it_was_seen(store: Store, how: str, what: str) -> None:
    """
    Who edits a source by what was seen of it is refused once its name or its settings differ; nothing is done then.
    """
    new, seen, stays = new_name(), (new_name(), git("before")), (new_name(), git())
    ids = store.edit(add=dict([seen, stays]))
    id_, other = ids[seen[0]], ids[stays[0]]
    now = (new_name(), seen[1]) if what == "name" else (seen[0], git("between"))
    store.edit(change={id_: now})
    change, remove = {other: (stays[0], git("after"))}, []
    if how == "change":
        change[id_] = (seen[0], git("after"))
    else:
        remove.append(id_)

    with pytest.raises(EditedMeanwhileError) as refusal:
        store.edit(add={new: git()}, change=change, remove=remove, seen={id_: seen, other: stays})
    assert (id_, seen[0]) == (refusal.value.changesourceid, refusal.value.name)
    assert {now[0]: id_, stays[0]: other} == store.find([new, now[0], stays[0]])
    assert [now[1], stays[1]] == [settings_of(store, id_), settings_of(store, other)]


@STORES
def test_what_is_as_it_was_seen_is_edited(store: Store) -> None:
    """
    As long as name and settings are as they were seen, a source is changed, and another one removed.
    """
    changed, gone = (new_name(), git("before", options={"a": "b"})), (new_name(), git())
    ids = store.edit(add=dict([changed, gone]))
    seen = {ids[name]: (name, settings) for name, settings in (changed, gone)}
    name = new_name()
    store.edit(change={ids[changed[0]]: (name, git("after"))}, remove=[ids[gone[0]]], seen=seen)

    assert {name: ids[changed[0]]} == store.find([name, changed[0], gone[0]])
    assert git("after") == settings_of(store, ids[changed[0]])


def test_nobodys_edit_is_lost(fresh_store: Store, database: str) -> None:
    """
    Of many who count up the same source at once, each by what it has seen, none overwrites what another one did.
    """
    (id_,) = fresh_store.edit(add={"0": git("0")}).values()
    others = [Store(database) for _ in range(4)]

    def counted_up(store: Store) -> bool:
        brief = store.brief(id_)
        assert brief is not None
        number = int(brief.settings.url) + 1
        try:
            store.edit(change={id_: (str(number), git(str(number)))}, seen={id_: (brief.name, brief.settings)})
        except EditedMeanwhileError:
            return False
        return True

    with ThreadPoolExecutor(len(others)) as pool:
        won = sum(sum(pool.map(counted_up, others)) for _ in range(20))
    for store in others:
        store.close()

    assert 20 <= won
    assert fresh_store.find([str(won)]) == {str(won): id_}
    assert git(str(won)) == settings_of(fresh_store, id_)
