"""See to it that Buildbot's schedulers have heard of a change before the next one is added."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from twisted.python import log

from headwater.errors import HeadwaterError
from headwater.store import places


class NobodySchedulesError(HeadwaterError):
    """
    Schedulers are run by no master: they would never hear of what is added now.
    """

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(names)
        self.names = names

    def __str__(self) -> str:
        return (
            f"no master runs the schedulers {', '.join(self.names)} yet, which would never hear of what is added now; "
            "if that lasts, restart this master"
        )


async def start_all(master: Any) -> None:  # noqa: ANN401 - Buildbot has no types
    """
    See to it that each scheduler of this configuration is run by some master.

    After a failover nobody runs those of the dead master, and Buildbot looks for them every five minutes only.

    Raises:
        NobodySchedulesError: some are still run by nobody.
    """
    ours = {scheduler.name: scheduler for scheduler in master.scheduler_manager}
    for name in await _idle(master, ours):
        if ours[name].running and not ours[name].active:
            await ours[name]._activityPoll()  # noqa: SLF001 - Buildbot has no other way
    if idle := await _idle(master, ours):
        raise NobodySchedulesError(idle)


async def until_handled(master: Any, changeid: int) -> None:  # noqa: ANN401
    """
    Wait until the schedulers of this master are done with a change that they have just been told of.

    They queue changes in memory: those of a large push would wait there for minutes, and be gone with the process.
    """
    # Each of them asks for the change before it takes its lock. If Buildbot's cache has lost it, this question is
    # answered after theirs, and fails if theirs fail. All that Buildbot delivers is not waited for: a reporter's
    # slow host would hold up the feed.
    await master.db.changes.getChange(changeid)
    for scheduler in list(master.scheduler_manager):
        lock = getattr(scheduler, "_change_consumption_lock", None)
        if lock is not None:
            await lock.run(lambda: None)


async def tell_again(master: Any, changeid: int) -> None:  # noqa: ANN401
    """
    Tell the schedulers of a change that was added when its master died, if none of them has done anything about it.
    """
    change = await master.data.get(("changes", str(changeid)))
    if change is None:
        return
    ssid = change["sourcestamp"]["ssid"]
    if not await master.db.pool.do(places.is_handled, changeid, ssid):
        log.msg(f"change {changeid} was added when this source was cut off: the schedulers are told of it again")
        master.data.rtypes.change.produceEvent(change, "new")
        await until_handled(master, changeid)


async def _idle(master: Any, ours: Mapping[str, Any]) -> list[str]:  # noqa: ANN401
    rows = await master.data.get(("schedulers",))
    run = {row["name"] for row in rows if row["master"] is not None and row["master"]["active"]}
    return sorted(set(ours) - run)
