"""Polls that are due while their master cannot know whether it still holds their sources."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from buildbot.util.poll import Poller
from twisted.internet.defer import Deferred, gatherResults

from headwater import DatabaseError
from tests.buildbot.test_beats import SQLITE
from tests.buildbot.within import MasterWithin, Source, master_within, seen_in_the_log
from tests.conformance.rows import run
from tests.reactor import ReactorThread

pytestmark = SQLITE

SOURCES = 20


class Away:
    """
    A database that answers nobody until the test says so.
    """

    def __init__(self) -> None:
        self.asked: list[Deferred[Any]] = []

    def ask(self, _: object) -> Deferred[Any]:
        """
        Wait.
        """
        self.asked.append(Deferred())
        return self.asked[-1]

    def fail(self) -> None:
        """
        Answer everybody that it is away.
        """
        for asked in self.asked:
            asked.errback(DatabaseError("the database", "it is away"))


@pytest.fixture
def sources() -> list[Source]:
    """
    Sources whose polls are due when the test says so.
    """
    return [Source(name=f"source{number}", pollInterval=3600) for number in range(SOURCES)]


@pytest.fixture
def within(
    buildbot_database: str, tmp_path: Path, reactor: ReactorThread, sources: list[Source]
) -> Iterator[MasterWithin]:
    """
    A master that runs these sources, and does not know whether it still holds them; it looks at nothing by itself.
    """
    with master_within(buildbot_database, tmp_path, reactor) as within:
        within.now(within.keeper._ticks.stop)
        within.do(lambda: within.configure(sources))
        within.now(lambda: within.told("masterActive"))
        within.now(within.keeper._beats._right.begin_anew)
        yield within


def test_polls_that_are_due_wait_for_one_answer(
    within: MasterWithin, sources: list[Source], monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    While the database is away, all that are due wait for the same question; its failure is said once, none begins.
    """
    database = Away()
    monkeypatch.setattr(within.keeper.component, "ask", database.ask)
    with seen_in_the_log() as lines:
        polling = within.begin(lambda: _poll(sources))
        asked = len(database.asked)
        within.now(database.fail)
        within.now(lambda: polling)
    monkeypatch.undo()

    assert (1, {0}) == (asked, {source.polls for source in sources})
    assert ["no poll begins while this master cannot prove what it holds: the database: it is away"] == lines


def test_an_answer_is_enough_for_all_that_are_due(within: MasterWithin, sources: list[Source]) -> None:
    """
    When the database answers, each poll that waits begins, and the next ones ask nothing.
    """
    for _ in range(2):
        within.do(lambda: _poll(sources))

    assert {2} == {source.polls for source in sources}


async def _poll(sources: Sequence[Source]) -> None:
    """
    Let all of them be due at the same moment; wait until each poll has ended, or was not begun.
    """
    await gatherResults([source.doPoll.fn(source) for source in sources])


@pytest.mark.parametrize("when", ["before", "while"])
def test_a_poller_by_any_name_is_guarded(within: MasterWithin, when: str) -> None:
    """
    A source that has a poller of its own, as Buildbot's of Gerrit's events has, begins no poll without a proof either.
    """
    source = Source(name="own", pollInterval=3600)
    own = Poller(Source.poll, source, within.master.reactor)
    if when == "before":
        source.own = own
    else:
        source.activate = lambda: setattr(source, "own", own)
    within.do(lambda: within.configure([source]))
    within.now(within.keeper._beats._right.begin_anew)
    run(within.url, "DELETE FROM changesource_masters")
    within.now(lambda: own.fn(source))

    assert 0 == source.polls
