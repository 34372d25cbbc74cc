"""The polls of change sources: each begins only while its master can prove that it holds the source."""

from __future__ import annotations

import functools
import random
from collections.abc import Callable
from typing import Any

from buildbot.util.poll import Poller
from twisted.internet.defer import Deferred, maybeDeferred

from headwater.buildbot.answer import Answer
from headwater.buildbot.hooks import Hooks
from headwater.buildbot.logs import say
from headwater.buildbot.notes import Notes


class Polls:
    """
    Stands before the polls of a master's sources.

    Args:
        hooks: where the pollers' functions are replaced.
        notes: told of every poll.
        may_begin: tells whether a poll of a source may begin now.
        prove: compares what the master runs with what it holds, all of it at once.
    """

    def __init__(
        self,
        hooks: Hooks,
        notes: Notes,
        *,
        may_begin: Callable[[Any], bool],
        prove: Callable[[], Deferred[Any]],
    ) -> None:
        self._hooks = hooks
        self._notes = notes
        self._may_begin = may_begin
        self._prove = prove
        self._proof: Answer[bool] | None = None
        self._problem = ""

    def guard(self, source: Any) -> None:  # noqa: ANN401 - Buildbot has no types
        """
        Have every poll of a source go this way from now on.
        """
        getattr(source, "doPoll", None)  # made when it is first asked for
        pollers = _pollers(source)
        for poller in pollers:
            self._hooks.replace(poller, "fn", lambda poll: self._guarded(source, poll))
        if pollers and hasattr(source, "poll"):
            self._hooks.replace(source, "poll", self._notes.watching(source))

    def begin_soon(self, source: Any) -> None:  # noqa: ANN401
        """
        Have a source polled now, or after its random delay: what has come since its last poll, elsewhere, is not known.
        """
        if getattr(source, "pollAtLaunch", False):
            return  # Buildbot does
        least, most = (getattr(source, f"pollRandomDelay{name}", None) or 0 for name in ("Min", "Max"))
        for poller in _pollers(source):
            # Called, it polls now; one that was stopped meanwhile does not.
            source.master.reactor.callLater(random.uniform(least, most), poller)  # noqa: S311 - nobody is to guess it

    def _guarded(self, source: Any, poll: Callable[..., Any]) -> Callable[..., Deferred[None]]:  # noqa: ANN401
        return lambda *args: Deferred.fromCoroutine(self._poll(source, functools.partial(poll, *args)))

    async def _poll(self, source: Any, poll: Callable[[], Any]) -> None:  # noqa: ANN401
        # This process may have been stopped for a while.
        if not self._may_begin(source) and not await self._proved():
            return
        if not self._may_begin(source):
            say(f"change source {source.name} is not polled: this master cannot prove that it holds it")
            return
        # Nothing is waited for between the answer and the poll.
        self._notes.began(source)
        try:
            await maybeDeferred(poll)
        finally:
            self._notes.ended(source)

    def _proved(self) -> Deferred[bool]:
        # One asks for all that are due: each on its own would wait for a database that is away, one after another.
        if self._proof is not None:
            return self._proof.wait()
        proof = self._proof = Answer[bool]()
        Deferred.fromCoroutine(self._answer(proof))
        return proof.wait()

    async def _answer(self, proof: Answer[bool]) -> None:
        try:
            await self._prove()
            problem = ""
        except Exception as error:  # noqa: BLE001 - the next poll that is due asks again
            problem = f"no poll begins while this master cannot prove what it holds: {error}"
        if problem and problem != self._problem:
            say(problem)
        self._problem = problem
        self._proof = None
        proof.give(not problem)


def is_polling(source: Any) -> bool:  # noqa: ANN401 - Buildbot has no types
    """
    Tell whether a poll of a source runs, whether or not the source is still active.
    """
    return any(poller._currently_executing for poller in _pollers(source))  # noqa: SLF001 - Buildbot has no other way


def _pollers(source: Any) -> list[Poller]:  # noqa: ANN401
    return [value for value in vars(source).values() if isinstance(value, Poller)]
