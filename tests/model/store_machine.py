"""What Store and AsyncStore can do besides: many sources in one call, and masters given as values."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st
from hypothesis.stateful import MultipleResults, rule

from tests.model.calls import Call, Claim, Find, ForceRelease, Register, Release
from tests.model.crowd import named, newest_token
from tests.model.machine import MOSTLY, NAMES, NO_NAMES, Machine

some_names = st.lists(NAMES | NAMES | NAMES | NAMES | NO_NAMES, max_size=5)


class StoreMachine(Machine):
    """
    Asks a store.
    """

    def claim(self, source: int, master: int) -> Call:
        """
        Return the claim of one source.
        """
        return Claim((source,), master)

    def end(self, source: int) -> Call:
        """
        Return the end of one claim.
        """
        return ForceRelease((source,))

    @rule(target=Machine.sources, names=some_names, times=st.integers(1, 8))
    def register_many(self, names: Sequence[str], times: int) -> MultipleResults[int]:
        """
        All of them, or, if one is no name, none; and all are found afterwards.
        """
        calls = [Register(tuple(names))] * times
        new = self.new_sources(Find(tuple(names)), *calls)
        self.ask(Find(tuple(names)))
        return new

    @rule(
        sources=st.lists(Machine.sources, min_size=1, max_size=5),
        others=st.lists(Machine.some_source, max_size=1),
        master=Machine.masters,
        is_named=st.none() | MOSTLY,
    )
    def claim_many(self, sources: Sequence[int], others: Sequence[int], master: int, *, is_named: bool | None) -> None:
        """
        All that can be had, or, if one is not there, none.
        """
        name = None if is_named is None else named(self.registry, master, is_named=is_named)
        self.ask(Claim((*sources, *others), master, name))

    @rule(sources=st.lists(Machine.sources, max_size=5, unique=True), master=Machine.masters, is_forced=st.booleans())
    def release_many(self, sources: Sequence[int], master: int, *, is_forced: bool) -> None:
        """
        Those that the master holds, or whoever holds them, and some that are not there.
        """
        tokens = tuple((source, newest_token(self.registry, source)) for source in sources)
        forced = ForceRelease((*sources, *sources, 0, 2**31 - 1))
        self.ask(forced if is_forced else Release((*tokens, (0, 1), (2**31 - 1, 1)), master))
