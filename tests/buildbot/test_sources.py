"""What a master runs, and what it holds: compared each minute, across reconfigurations."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.buildbot.scenes import awaited
from tests.buildbot.test_beats import SQLITE
from tests.buildbot.within import MasterWithin, Source, master_within
from tests.conformance.rows import run
from tests.reactor import ReactorThread

pytestmark = SQLITE


class Unstoppable(Source):
    """
    A source that cannot be stopped.
    """

    def deactivate(self) -> None:
        """
        Fail.
        """
        raise OSError


@pytest.fixture
def within(buildbot_database: str, tmp_path: Path, reactor: ReactorThread) -> Iterator[MasterWithin]:
    """
    A master that runs, without sources.
    """
    with master_within(buildbot_database, tmp_path, reactor) as within:
        within.now(lambda: within.told("masterActive"))
        yield within


@pytest.mark.parametrize("successors", [0, 1])
def test_a_source_that_is_removed_is_held_until_its_poll_has_ended(within: MasterWithin, successors: int) -> None:
    """
    While a reconfiguration that removes or replaces a source waits for its poll, no comparison releases the source.
    """
    source = Source(name="linux", pollInterval=3600)
    within.do(lambda: within.configure([source]))
    within.now(source.begin)
    removing = within.begin(lambda: within.configure([Unstoppable(name="linux") for _ in range(successors)]))
    within.do(within.keeper._sources.verify)
    while_it_polls = within.holds()
    within.now(source.end)
    within.now(lambda: removing)

    assert ({"linux"}, successors) == (while_it_polls, len(within.holds()))


def test_what_could_not_be_stopped_is_released_when_its_poll_has_ended(within: MasterWithin) -> None:
    """
    A source whose end failed is held for as long as it polls, and released by the comparison after that.
    """
    source = Unstoppable(name="linux", pollInterval=3600)
    within.do(lambda: within.configure([source]))
    within.now(source.begin)
    within.do(lambda: within.configure([]))
    within.do(within.keeper._sources.verify)
    while_it_polls = within.holds()
    within.now(source.end)
    within.do(within.keeper._sources.verify)

    assert ({"linux"}, set()) == (while_it_polls, within.holds())


def test_a_claim_for_a_source_that_is_gone_is_given_back(within: MasterWithin) -> None:
    """
    A claim that is answered when a reconfiguration has removed its source is not won: nothing runs, nothing is held.
    """
    source = Source(name="linux")

    async def claim_one_that_is_gone() -> object:
        id_ = await within.master.data.updates.findChangeSourceId(source.name)
        return await within.master.data.updates.trySetChangeSourceMaster(id_, within.master.masterid)

    assert (False, set()) == (within.do(claim_one_that_is_gone), within.holds())


def test_a_source_that_is_removed_while_it_is_claimed_does_not_run(within: MasterWithin) -> None:
    """
    A source is removed while the plugin, which has seen it free, claims it: it is not activated, and nobody holds it.
    """
    within.now(within.keeper._ticks.stop)
    source = Source(name="linux", pollInterval=3600)
    within.held_elsewhere(source)
    within.do(lambda: within.configure([source]))
    run(within.url, "DELETE FROM changesource_masters")

    async def claim_and_remove() -> None:
        claiming = source._activityPoll()
        await within.configure([])
        await claiming

    within.do(claim_and_remove)

    assert (False, False, set()) == (source.active, source.doPoll.running, within.holds())


@pytest.mark.parametrize("how", ["taken over", "lost and won again"])
def test_what_another_master_held_is_polled_at_once(within: MasterWithin, how: str) -> None:
    """
    A source that is won from another master is polled at once, though it is not polled when its master starts.
    """
    within.now(within.keeper._ticks.stop)
    source = Source(name="linux", pollInterval=3600)
    if how == "taken over":
        within.held_elsewhere(source)
    within.do(lambda: within.configure([source]))
    if how == "lost and won again":
        within.held_elsewhere(source)
        within.do(within.keeper._sources.verify)
    before = (source.active, source.polls)
    run(within.url, "UPDATE masters SET active = 0 WHERE name = 'two'")
    within.now(source._activityPoll)

    assert (False, 0) == before
    awaited(lambda: source.polls or None, "a poll", 10)


def test_what_nobody_has_held_is_polled_when_buildbot_says_so(within: MasterWithin) -> None:
    """
    A source that its master claims when it starts is polled after its interval, unless it is to be polled at launch.
    """
    source = Source(name="linux", pollInterval=3600)
    within.do(lambda: within.configure([source]))
    due = within.now(lambda: source.doPoll._call.getTime() - within.master.reactor.seconds())

    assert due > 3000
