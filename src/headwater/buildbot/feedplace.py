"""How far a Buildbot has come in the feed: read from its table of states, moved with every change that is added."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from headwater.buildbot.feedchange import narrowed
from headwater.buildbot.feedschedulers import tell_again, until_handled
from headwater.errors import HeadwaterError
from headwater.store import places
from headwater.store.places import KEY, PROPERTY, Place, Places, Step


class NotKeptError(HeadwaterError):
    """
    Buildbot has added a change without the statement with which the place moves.
    """

    def __str__(self) -> str:
        return (
            "this Buildbot adds changes in a way that this version of Headwater does not know; so that none comes "
            "twice, this change source stops: upgrade Headwater"
        )


class FeedPlace:
    """
    Where in the feed the changes of one change source go on.

    Args:
        master: the Buildbot master.
        objectid: of the change source in Buildbot's table of states.
        kept: what stands there.
    """

    def __init__(self, master: Any, objectid: int, kept: Place) -> None:  # noqa: ANN401 - Buildbot has no types
        self.number, self.first = kept.number, kept.first
        self._master = master
        self._objectid = objectid
        self._kept = kept
        self._places = Places(master.db.pool.engine)
        self._is_mysql = places.is_mysql(master.db.pool.engine)

    @classmethod
    async def found(cls, master: Any, name: str, begin: Callable[[], Awaitable[int]]) -> FeedPlace:  # noqa: ANN401
        """
        Return the place of a change source.

        Args:
            master: the Buildbot master.
            name: of the change source.
            begin: returns with which change one begins that has no place yet.
        """
        await master.db.pool.do(places.check)
        state = master.db.state
        objectid = await state.getObjectId(name, "Headwater")
        kept = await state.getState(objectid, KEY, None)
        if kept is None:
            first = [await begin(), 0, None]
            kept = await state.atomicCreateState(objectid, KEY, lambda: first)
        place = Place(*kept)
        if place.changeid is not None:
            await tell_again(master, place.changeid)
        return cls(master, objectid, place)

    async def add(self, change: dict[str, Any], *, is_last: bool) -> None:
        """
        Add what is next as a Buildbot change, and go on to what comes after it.

        Args:
            change: the arguments of `addChange`.
            is_last: whether nothing of the same change of the feed follows.

        Raises:
            PlaceMovedError: another master has added it, or something after it; nothing was added.
            NotKeptError: it was added, and may be added again.
        """
        new = Place(self.number + 1) if is_last else Place(self.number, self.first + 1)
        step = Step(self._objectid, change["properties"][PROPERTY], self._kept, new)
        self._places.expect(step)
        try:
            changeid = await self._master.data.updates.addChange(**(narrowed(change) if self._is_mysql else change))
        finally:
            self._places.forget(step)
        if step.taken is None:
            raise NotKeptError
        self._kept, self.number, self.first = step.taken, new.number, new.first
        await until_handled(self._master, changeid)

    def skip_to(self, number: int) -> None:
        """
        Go on to a change of the feed without adding what is before it; `keep` writes it down.
        """
        self.number, self.first = number, 0

    async def keep(self) -> None:
        """
        Write down the place, if it is not, and that the schedulers have heard of all that was added.

        Raises:
            PlaceMovedError: another master has moved it.
        """
        here = Place(self.number, self.first)
        if here != self._kept:
            await self._master.db.pool.do(places.move, self._objectid, self._kept, here)
            self._kept = here

    def close(self) -> None:
        """
        Move no more.
        """
        self._places.close()
