"""What happens to a repository, in any order, and a master that polls it now and then."""

from __future__ import annotations

import shutil
from itertools import count
from pathlib import Path
from typing import ClassVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from headwater import Change, Settings
from headwater.values import Move
from tests.sources.corners.watcher import Watcher, watcher
from tests.sources.histories.model import Expected, Model
from tests.sources.repository import Repository

BRANCHES = tuple(f"refs/heads/{name}" for name in ("a", "b", "c/d"))
TAGS = tuple(f"refs/tags/{name}" for name in ("v1", "v2"))
DATES = (0, 1, 300_000_000, 1_600_000_000, 1_700_000_000, 4_300_000_000)
MESSAGES = (b"plain", "grün".encode(), b"gr\xfcn", b"odd \x81")

any_branch = st.sampled_from(BRANCHES)
any_tag = st.sampled_from(TAGS)
any_number = st.integers(0, 2**16)
"""Which of those that there are."""
any_date = st.sampled_from(DATES)

USUAL = settings(
    database=None,
    deadline=None,
    print_blob=True,
    phases=[Phase.explicit, Phase.generate],  # to make a failure smaller takes minutes, and its steps are few
    max_examples=15,
    stateful_step_count=25,
    suppress_health_check=list(HealthCheck),
)


def look_for_trouble(folder: Path, how: settings) -> None:
    """
    Try histories, with everything that they need in a folder; raise what is wrong with one, and its steps.
    """
    with watcher(f"sqlite:///{folder}/headwater.db", folder / "cache", Settings(kind="git", url="/nowhere")) as watch:
        Histories.folder, Histories.watch = folder, watch
        run_state_machine_as_test(Histories, settings=how)


class Histories(RuleBasedStateMachine):
    """
    A repository in the hands of many, with a model beside it.
    """

    numbers: ClassVar = count()
    folder: ClassVar[Path]
    watch: ClassVar[Watcher]

    def __init__(self) -> None:
        super().__init__()
        self._here = self.folder / str(next(self.numbers))
        self._here.mkdir()
        self._repository = Repository(self._here / "api.git")
        watched = Settings(kind="git", url=str(self._repository.path), tags=True)
        self.watch.turn_to(f"api-{self._here.name}", watched, self._here / "cache")
        self._model = Model()
        self._serial = count()
        self._number = self.watch.seen
        self._steps = 0

    @rule(branch=any_branch, dates=st.lists(any_date, min_size=1, max_size=3), message=st.sampled_from(MESSAGES))
    def commit(self, branch: str, dates: list[int], message: bytes) -> None:
        """
        Push commits to a branch, which is made if it is not there.
        """
        self._grow(branch, self._model.refs.get(branch), dates, message)

    @precondition(lambda self: self._model.there)
    @rule(branch=any_branch, fork=any_number, dates=st.lists(any_date, min_size=1, max_size=3))
    def fork(self, branch: str, fork: int, dates: list[int]) -> None:
        """
        Push commits by force to a branch, on top of any commit that is there.
        """
        self._grow(branch, self._any_commit(fork), dates, b"forked")

    @precondition(lambda self: len(self._tips()) > 1)
    @rule(branch=any_number, other=any_number, date=any_date)
    def merge(self, branch: int, other: int, date: int) -> None:
        """
        Merge a branch into another.
        """
        tips = sorted(self._tips().items())
        (into, tip), (_, merged) = tips[branch % len(tips)], tips[other % len(tips)]
        if tip != merged:
            self._point(into, self._make((tip, merged), date, b"merge"))

    @precondition(lambda self: self._model.there)
    @rule(branch=any_branch, commit=any_number)
    def point(self, branch: str, commit: int) -> None:
        """
        Push a branch by force, to any commit that is there: make it, put it back, replace it.
        """
        self._point(branch, self._any_commit(commit))

    @precondition(lambda self: self._tips())
    @rule(branch=any_number, date=any_date)
    def amend(self, branch: int, date: int) -> None:
        """
        Replace the newest commit of a branch.
        """
        tips = sorted(self._tips().items())
        ref, tip = tips[branch % len(tips)]
        self._point(ref, self._make(self._model.parents[tip], date, b"amended"))

    @precondition(lambda self: self._model.refs)
    @rule(ref=any_number)
    def delete(self, ref: int) -> None:
        """
        Delete a branch or a tag.
        """
        refs = sorted(self._model.refs)
        gone = refs[ref % len(refs)]
        self._repository.git("update-ref", "-d", gone)
        del self._model.refs[gone]

    @precondition(lambda self: self._model.there)
    @rule(tag=any_tag, commit=any_number, is_annotated=st.booleans())
    def tag(self, tag: str, commit: int, *, is_annotated: bool) -> None:
        """
        Make a tag, or move it.
        """
        oid = self._any_commit(commit)
        if is_annotated:
            body = f"object {oid}\ntype commit\ntag v\ntagger Ana <> {next(self._serial)} +0000\n\nrelease\n"
            target, oid = oid, self._repository.write("tag", body.encode())
            self._model.targets[oid] = target
            self._model.there.add(oid)
        self._point(tag, oid)

    @rule()
    def prune(self) -> None:
        """
        Have the host of the repository forget what no ref leads to.
        """
        self._repository.git("prune", "--expire=now")
        self._model.prune()

    @rule(is_another=st.booleans())
    def lose_cache(self, *, is_another: bool) -> None:
        """
        Delete the cache, or have a master on a host of its own take over.
        """
        if is_another:
            self.watch.move_to(self._here / f"cache-{next(self._serial)}")
        else:
            shutil.rmtree(self.watch.cache, ignore_errors=True)
        self._model.here.clear()

    @initialize(dates=st.lists(any_date, max_size=3))
    def begin(self, dates: list[int]) -> None:
        """
        Look for the first time, at a repository that may be empty.
        """
        if dates:
            self.commit(BRANCHES[0], dates, MESSAGES[0])
        self.poll()

    @invariant()
    def poll_now_and_then(self) -> None:
        """
        Poll after every third step.
        """
        self._steps += 1
        if self._steps % 3 == 0:
            self.poll()

    @rule()
    def poll(self) -> None:
        """
        Poll: what is told is what the model says, and the position is where the refs are.
        """
        expected = self._model.poll()
        told = self.watch.poll()

        assert [one.move for one in expected] == [_move(change) for change in told]
        for one, change in zip(expected, told, strict=True):
            self._check(one, change)
        assert self.watch.position() == self._model.refs
        assert [change.number for change in told] == list(range(self._number + 1, self._number + 1 + len(told)))
        self._number += len(told)

    def teardown(self) -> None:
        """
        Poll twice: the first time tells the rest, the second time nothing.
        """
        self.poll()
        assert self.watch.poll() == []
        shutil.rmtree(self._here)

    def _check(self, expected: Expected, change: Change) -> None:
        oids = [commit.oid for commit in change.commits]
        assert expected.commits == frozenset(oids)
        assert len(oids) == len(set(oids)) == change.commit_count
        for place, commit in enumerate(change.commits):
            assert commit.parents == self._model.parents[commit.oid]
            assert not set(oids[place:]) & set(commit.parents), "a commit stands before its parent"

    def _tips(self) -> dict[str, str]:
        return {ref: oid for ref, oid in self._model.refs.items() if ref in BRANCHES}

    def _any_commit(self, number: int) -> str:
        commits = sorted(self._model.there - self._model.targets.keys())
        return commits[number % len(commits)]

    def _grow(self, branch: str, tip: str | None, dates: list[int], message: bytes) -> None:
        """
        Push seven commits of each date: git goes on for a few of them when dates are wrong.
        """
        for date in (date for date in dates for _ in range(7)):
            tip = self._make((tip,) if tip else (), date, message)
        self._point(branch, tip or "")

    def _point(self, ref: str, oid: str) -> None:
        self._repository.git("update-ref", ref, oid)
        self._model.refs[ref] = oid

    def _make(self, parents: tuple[str, ...], date: int, message: bytes) -> str:
        oid = self._repository.write_commit(parents, date, b"%d %s" % (next(self._serial), message))
        self._model.parents[oid] = parents
        self._model.there.add(oid)
        return oid


def _move(change: Change) -> Move:
    return Move(**{name: getattr(change, name) for name in Move.__struct_fields__})
