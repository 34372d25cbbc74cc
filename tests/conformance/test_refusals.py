"""What a database could cut short, or refuse in its own words, is refused before it gets there."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from headwater import Move, Settings, Store
from headwater.values import Fence
from tests.conformance.commits import commit
from tests.conformance.holding import MAIN, claimed

Call = Callable[[Store, Fence], object]

LONG = "a" * 65

REFUSED: dict[str, Call] = {
    "an object id of 65 characters": lambda s, f: s.stage(f, 1, 0, [commit(oid=LONG)]),
    "a parent of 65 characters": lambda s, f: s.stage(f, 1, 0, [commit(parents=(LONG,))]),
    "a NUL in a message": lambda s, f: s.stage(f, 1, 0, [commit("a\0b")]),
    "a lone surrogate in an author": lambda s, f: s.stage(f, 1, 0, [commit(author="\ud800")]),
    "a move to an id of 65 characters": lambda s, f: s.record(f, 1, Move(ref=MAIN, before=None, after=LONG), 0),
    "a move from nothing to nothing": lambda s, f: s.record(f, 1, Move(ref=MAIN, before=None, after=None), 0),
    "a move to where it was": lambda s, f: s.record(f, 1, Move(ref=MAIN, before="a", after="a"), 0),
    "a ref with a NUL": lambda s, f: s.record(f, 1, Move(ref="a\0b", before=None, after="a"), 0),
    "a baseline with a NUL": lambda s, f: s.baseline(f, {"a\0b": "a"}),
    "a kind of 65 characters": lambda s, f: s.configure(f.source, Settings(kind=LONG, url="/x")),
    "a URL with a lone surrogate": lambda s, f: s.configure(f.source, Settings(kind="git", url="/\udcff")),
    "a host with a NUL": lambda s, f: s.configure(f.source, Settings(kind="git", url="/x", host="a\0b")),
    "changes after a negative number": lambda s, _: s.changes(after=-1),
    "changes after a number of 65 bits": lambda s, _: s.changes(after=2**64),
    "no changes at most": lambda s, _: s.changes(most=0),
}


@pytest.mark.parametrize("what", REFUSED)
def test_it_is_a_value_error_and_nothing_is_written(fresh_store: Store, what: str) -> None:
    """
    The caller gets a ValueError that says what is wrong; nothing was staged, recorded or set.
    """
    fence = claimed(fresh_store)
    with pytest.raises(ValueError, match=r".") as refusal:
        REFUSED[what](fresh_store, fence)

    assert ValueError is refusal.type
    assert ([], None) == (fresh_store.changes(), fresh_store.position(fence.source))
