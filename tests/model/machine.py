"""What is done to a face, in every order: one thing at a time, or many at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import ClassVar
from unicodedata import normalize

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, MultipleResults, RuleBasedStateMachine, initialize, multiple, rule

from tests.conformance.invariants import violations
from tests.conformance.texts import DISTINCT_NAMES
from tests.model.calls import (
    Call,
    Configure,
    FindMaster,
    Get,
    GetMaster,
    Join,
    List,
    Masters,
    Register,
    Release,
    SetMaster,
    SetState,
    Unset,
)
from tests.model.crowd import (
    WISHES,
    awake,
    expire,
    heartbeat,
    holder_or,
    leave,
    named,
    newest_token,
    stale_token,
)
from tests.model.flights import MOST
from tests.model.orders import explained
from tests.model.registry import Registry
from tests.model.world import World

Token = Callable[[Registry, int], int]

NOBODYS = st.sampled_from([0, -1, 2**31 - 1, 2**31, 2**63, 2**200])
"""Ids that are nobody's."""

NAMES = st.sampled_from(DISTINCT_NAMES) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=5
)
NO_NAMES = st.builds("{}{}{}".format, NAMES, st.just("\0") | st.characters(categories=["Cs"]), NAMES)

MOSTLY = st.sampled_from([True, True, True, False])

TWINS = st.sampled_from([str, str.upper, str.swapcase, "{} ".format, " {}".format, partial(normalize, "NFD")])
"""What makes another name out of a name, or leaves it; a database may take the two for one."""

CONTENDED = ["claim"] * 4 + ["end", "release", "get"]
WISHED = ["claim"] * 8 + ["end", "release", "activate", "heartbeat", "sweep"] + list(WISHES)
STOP = "stop"
"""Wished as often, and no call: a master goes inactive, and leaves its claims behind."""


class Machine(RuleBasedStateMachine):
    """
    Asks a face, and compares each answer, and what is in the tables after it, with the model.
    """

    world: ClassVar[World]

    sources: Bundle[int] = Bundle("sources")
    masters: Bundle[int] = Bundle("masters")
    some_source = sources | sources | sources | NOBODYS
    some_master = masters | masters | masters | NOBODYS

    def __init__(self) -> None:
        super().__init__()
        self.registry = Registry()
        self.is_as_expected = True
        self.world.clear()

    def claim(self, source: int, master: int) -> Call:
        """
        Return the face's call that claims a source.
        """
        return SetMaster(source, master)

    def end(self, source: int) -> Call:
        """
        Return the face's call that ends a claim, whoever holds it.
        """
        return Unset(source)

    def ask(self, *calls: Call) -> None:
        """
        Ask all of these at once, and compare.
        """
        self.is_as_expected = False
        answers = self.world.ask(calls)
        self.registry = explained(self.registry, calls, answers, self.world.book(), self.world.beats())

        assert self.registry.claims == self.world.claims()
        self.is_as_expected = True

    def teardown(self) -> None:
        """
        Compare all there is once more; if something was not as expected, that is told already.
        """
        if not self.is_as_expected:
            return
        self.look_around()

        assert [] == violations(self.world.url)

    def look_around(self) -> None:
        """
        Compare all that can be seen; and whose life goes on.
        """
        masters = self.registry.masters
        self.ask(List(), List(active=True), List(active=False), Masters(), *[List(master=id_) for id_ in masters])
        self.ask(*[heartbeat(self.registry, id_) for id_ in masters])

    def new_sources(self, *calls: Call) -> MultipleResults[int]:
        """
        Ask, and return the sources that were not there before.
        """
        before = set(self.registry.lines)
        self.ask(*calls)
        return multiple(*sorted(set(self.registry.lines) - before))

    def new_masters(self, *calls: Call) -> MultipleResults[int]:
        """
        Ask, and return the masters that were not there before.
        """
        before = set(self.registry.masters)
        self.ask(*calls)
        return multiple(*sorted(set(self.registry.masters) - before))

    @initialize(target=sources)
    def begin_with_sources(self) -> MultipleResults[int]:
        """
        There are two sources, one of them with settings.
        """
        begun = self.new_sources(Register(("one",)), Register(("two",)))
        self.ask(Configure(min(self.registry.lines)))
        return begun

    @initialize(target=masters)
    def begin_with_lives(self) -> MultipleResults[int]:
        """
        There are two masters that Headwater counts the heartbeats of.
        """
        return self.new_masters(Join("a life"), Join("a life"))

    @initialize(target=masters)
    def begin_with_a_master_of_buildbot(self) -> MultipleResults[int]:
        """
        There is one that Buildbot started.
        """
        begun = self.new_masters(FindMaster("Buildbot's"))
        self.ask(SetState(begun.values[0], active=True))
        return begun

    @rule(target=sources, name=NAMES | NAMES | NAMES | NO_NAMES, twin=TWINS, times=st.integers(1, 8))
    def register(self, name: str, twin: Callable[[str], str], times: int) -> MultipleResults[int]:
        """
        The same name gives the same id, to all who ask at once; what the database cannot keep is refused.
        """
        return self.new_sources(Register((twin(name),)), *[Register((name,))] * times)

    @rule(source=some_source, master=some_master, is_ended=MOSTLY)
    def claim_one(self, source: int, master: int, *, is_ended: bool) -> None:
        """
        Any source, for any master; and its end, whoever holds it.
        """
        self.ask(self.claim(source, master))
        if is_ended:
            self.ask(self.end(source))

    @rule(
        source=sources,
        master=masters,
        is_holder=MOSTLY,
        is_named=st.none() | MOSTLY,
        token=st.sampled_from([newest_token, newest_token, stale_token]),
    )
    def release_one(self, source: int, master: int, *, is_holder: bool, is_named: bool | None, token: Token) -> None:
        """
        With the right token or an old one, by the holder or by another, that has the right name or not.
        """
        holder = holder_or(self.registry, source, master) if is_holder else master
        name = None if is_named is None else named(self.registry, holder, is_named=is_named)
        self.ask(Release(((source, token(self.registry, source)),), holder, name))

    @rule(source=some_source, active=st.none() | st.booleans(), master=some_master, is_of_master=st.booleans())
    def look(self, source: int, *, active: bool | None, master: int, is_of_master: bool) -> None:
        """
        One by its id, and all, with every combination of the filters.
        """
        for call in (Get(source), List(active, master if is_of_master else None), GetMaster(master), Masters()):
            self.ask(call)

    @rule(
        target=masters,
        master=st.sampled_from([Join("a life"), FindMaster("Buildbot's"), FindMaster("another of Buildbot's")]),
        times=st.integers(1, 4),
    )
    def come(self, master: Join | FindMaster, times: int) -> MultipleResults[int]:
        """
        Each start is a life of its own; a master of Buildbot's is the same after a restart, and inactive while new.
        """
        return self.new_masters(*[master] * times)

    @rule(
        life=st.sampled_from([heartbeat, leave, expire, partial(expire, late=1), partial(expire, late=-1)]),
        master=masters,
        is_named=MOSTLY,
        switched=some_master,
        active=st.booleans(),
    )
    def live(self, life: Callable[..., Call], master: int, *, is_named: bool, switched: int, active: bool) -> None:
        """
        Switched as Buildbot does; with the beat that the life has or another, under its name or another.
        """
        self.ask(SetState(switched, active))
        self.ask(life(self.registry, master, is_named=is_named))

    @rule(wishes=st.lists(st.tuples(st.sampled_from([*WISHED, STOP]), sources, masters), min_size=6, max_size=20))
    def one_by_one(self, wishes: Sequence[tuple[str, int, int]]) -> None:
        """
        Many, each after the answer of the one before.
        """
        for wish, source, master in wishes:
            if wish == STOP:
                self._stop(holder_or(self.registry, source, master))
            else:
                self.ask(self._call(wish, source, master))
        self.look_around()

    @rule(
        wishes=st.lists(st.tuples(st.sampled_from(CONTENDED), sources, masters), min_size=1, max_size=6),
        size=st.integers(2, MOST),
        is_left=st.booleans(),
    )
    def contend(self, wishes: Sequence[tuple[str, int, int]], size: int, *, is_left: bool) -> None:
        """
        Many at once who want few sources, one of them perhaps left by its holder.
        """
        self._crowd(wishes, size, is_left=is_left)

    @rule(
        wishes=st.lists(st.tuples(st.sampled_from(WISHED), sources, masters), min_size=1, max_size=8),
        size=st.integers(2, MOST),
        is_left=st.booleans(),
    )
    def crowd(self, wishes: Sequence[tuple[str, int, int]], size: int, *, is_left: bool) -> None:
        """
        Many at once who want different things.
        """
        self._crowd(wishes, size, is_left=is_left)

    def _crowd(self, wishes: Sequence[tuple[str, int, int]], size: int, *, is_left: bool) -> None:
        holder = self.registry.holder(wishes[0][1])
        if is_left and holder is not None:
            self._stop(holder)
        self.ask(*[self._call(*wishes[number % len(wishes)]) for number in range(size)])
        self.look_around()

    def _stop(self, master: int) -> None:
        # As another program may do it.
        self.world.mark(master, active=False)
        self.registry = self.registry.with_master(master, replace(self.registry.masters[master], active=False))

    def _call(self, wish: str, source: int, master: int) -> Call:
        if wish == "claim":
            return self.claim(source, awake(self.registry, master))
        return self.end(source) if wish == "end" else WISHES[wish](self.registry, source, master)
