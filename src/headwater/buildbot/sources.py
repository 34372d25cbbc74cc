"""The change sources of a running master: claimed and released in its name, polled only while it holds them."""

from __future__ import annotations

import functools
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Any

from twisted.internet.defer import Deferred, DeferredList, maybeDeferred

from headwater.buildbot.changesources import ChangeSourcesConnectorComponent
from headwater.buildbot.hooks import Hooks
from headwater.buildbot.logs import say, say_failure
from headwater.buildbot.notes import Notes
from headwater.buildbot.polls import Polls, is_polling
from headwater.buildbot.rights import Right
from headwater.clock import boot_seconds
from headwater.store import inside, verbs


@dataclass(eq=False)
class Holding:
    """
    A claim of this master, and the life in which it was last seen to be its own.
    """

    source: Any
    life: Hashable


class Sources:
    """
    Stands between Buildbot's change sources and their claims.

    Args:
        master: the Buildbot master.
        component: the connector, on the master's own engine.
        hooks: where the pollers' functions are replaced.
        notes: told what happens, for the operator.
        right: the master's right to act.
        lease: returns the life of the master's lease, if it has one.
        ready: returns what claims wait for.
        on_won: told of every claim that was won, with the second of `boot_seconds` at which it was tried.
        prove: renews the right.
    """

    def __init__(  # noqa: PLR0913 - plain data
        self,
        master: Any,  # noqa: ANN401 - Buildbot has no types
        component: ChangeSourcesConnectorComponent,
        hooks: Hooks,
        notes: Notes,
        *,
        right: Right,
        lease: Callable[[], str | None],
        ready: Callable[[], Deferred[None]],
        on_won: Callable[[float], object],
        prove: Callable[[], Deferred[Any]],
    ) -> None:
        self._master = master
        self._component = component
        self._hooks = hooks
        self._notes = notes
        self._right = right
        self._lease = lease
        self._ready = ready
        self._on_won = on_won
        self._prove = prove
        self._held: dict[int, Holding] = {}
        self._claiming: set[int] = set()
        self._ending: set[int] = set()
        self._elsewhere: set[int] = set()
        self._verified: Hashable = None
        self._is_stopping = False
        self._polls = Polls(hooks, notes, may_begin=self._may_poll, prove=as_deferred(self._prove_all))

    async def try_to_set(self, changesourceid: int | None, masterid: int | None) -> bool:
        """
        Claim a source for this master, or release it if it is this master's; return whether that succeeded.

        What goes wrong is no more than a claim that is not won: Buildbot's start waits for the answer.
        """
        if changesourceid is None:
            return False
        if masterid is None:
            await self._release([changesourceid])
            return True
        if self._is_stopping or changesourceid in self._claiming or not self._right.may_claim():
            return False
        source = self._named(changesourceid)
        if source is not None and source.active:
            # Two tries ran side by side, and the other one has won.
            return False
        self._claiming.add(changesourceid)
        try:
            # Killed with a claim and without a lease, this master would be judged by Buildbot's ten minutes.
            await self._ready()
            return await self._claim(changesourceid)
        except Exception as error:  # noqa: BLE001 - see above
            say(f"change source {changesourceid} is not claimed yet: {error}")
            return False
        finally:
            self._claiming.discard(changesourceid)

    async def find_id(self, original: Callable[[str], Deferred[int]], name: str) -> int | None:
        """
        Return the id of a source, or None if the database does not tell it now; it is asked again soon.
        """
        try:
            return await original(name)
        except Exception as error:  # noqa: BLE001 - Buildbot's start waits for the answer
            say(f"change source {name} has no id yet: {error}")
            return None

    def needs_verifying(self) -> bool:
        """
        Tell whether a new life has begun since the claims were last compared with the database.
        """
        return self._verified != self._right.life

    async def verify(self) -> None:
        """
        Compare what is active here with what this master holds; stop what it does not, release what is not active.
        """
        life = self._right.life
        before = {source.serviceid: (source, self._held.get(source.serviceid)) for source in self._active()}
        in_use = self._in_use()
        held = {one.id for one in await self._ask(verbs.list_sources(active=None, master=self._master.masterid))}
        for id_, (source, holding) in before.items():
            if self._held.get(id_) is not holding or not source.active:
                continue
            if id_ in held:
                self._take(source, life)
            else:
                say(f"change source {source.name} is held elsewhere: this master stops it")
                self._held.pop(id_, None)
                _told(Deferred.fromCoroutine(self._give_up(source)))
        # Neither before nor after the question: what was released meanwhile may be another claim's by now.
        strays = held - in_use - self._in_use()
        if strays and not self._is_stopping:
            await self._release(sorted(strays))
        self._verified = life

    async def claim_what_is_free(self) -> None:
        """
        Have those sources tried at once that are not active here and that nobody active holds.
        """
        waiting = [source for source in self._all() if not source.active and source._activityPollCall is not None]  # noqa: SLF001 - Buildbot has no other way
        ids = [source.serviceid for source in waiting if source.serviceid is not None]
        free = await self._ask(inside.claimable(ids))
        for source in waiting:
            # A second try would be told that it lost, and a master that starts would go on before the first has won.
            if source.serviceid is None or source.serviceid in free - self._claiming:
                _told(source._activityPoll())  # noqa: SLF001 - as above

    async def stop(self) -> None:
        """
        Stop every source and release it when its poll has ended; claim nothing any more.
        """
        self._is_stopping = True
        stopping = [Deferred.fromCoroutine(self._stop(source)) for source in self._active()]
        await DeferredList(stopping, consumeErrors=True)

    async def end_left_by(self, masterid: int) -> None:
        """
        End what a master has left, unless it is active.
        """
        await self._ask(inside.end_left_by(masterid))

    async def _claim(self, id_: int) -> bool:
        life, began = self._right.life, boot_seconds()
        request = inside.claim_as(id_, self._master.masterid, self._lease())
        if await self._ask(request) is not None:
            self._elsewhere.add(id_)
            return False
        self._on_won(began)
        source = self._named(id_)
        if self._is_stopping or source is None or source._activityPollCall is None:  # noqa: SLF001 - Buildbot has no other way
            # It was stopped meanwhile, or is gone.
            await self._release([id_])
            return False
        self._notes.claimed(source)
        self._take(source, life)
        return True

    def _take(self, source: Any, life: Hashable) -> None:  # noqa: ANN401 - Buildbot has no types
        self._held[source.serviceid] = Holding(source, life)
        self._hooks.replace(source, "deactivate", lambda deactivate: as_deferred(self._ending_with(source, deactivate)))
        self._hooks.replace(source, "activate", lambda activate: as_deferred(self._activating(source, activate)))
        self._polls.guard(source)

    def _activating(self, source: Any, activate: Callable[[], Any]) -> Callable[[], Any]:  # noqa: ANN401
        async def begin() -> None:
            # It may have got a poller since its claim, or make one now, which polls when this has returned.
            self._polls.guard(source)
            activated = maybeDeferred(activate)
            self._polls.guard(source)
            await activated
            if source.serviceid in self._elsewhere:
                self._elsewhere.discard(source.serviceid)
                self._polls.begin_soon(source)

        return begin

    def _ending_with(self, source: Any, deactivate: Callable[[], Any]) -> Callable[[], Any]:  # noqa: ANN401
        async def end() -> None:
            # It waits for the poll that runs; Buildbot has called the source inactive already.
            self._ending.add(source.serviceid)
            try:
                await maybeDeferred(deactivate)
            finally:
                self._ending.discard(source.serviceid)

        return end

    async def _prove_all(self) -> None:
        await self._prove()
        await self.verify()

    def _may_poll(self, source: Any) -> bool:  # noqa: ANN401
        holding = self._held.get(source.serviceid)
        return holding is not None and holding.life == self._right.life and self._right.may_act()

    async def _give_up(self, source: Any) -> None:  # noqa: ANN401
        self._elsewhere.add(source.serviceid)
        source.active = False
        try:
            await source.deactivate()
        except Exception:  # noqa: BLE001 - it is not this master's any more, whatever that was
            say_failure(None, f"while change source {source.name} was stopped")
        if source.running and not self._is_stopping and not source.active:
            source._startActivityPolling()  # noqa: SLF001 - as it does when it starts

    async def _stop(self, source: Any) -> None:  # noqa: ANN401
        source.active = False
        try:
            await source.deactivate()
        except Exception:  # noqa: BLE001 - the master ends, and it is released all the same
            say_failure(None, f"while change source {source.name} was stopped")
        await self._release([source.serviceid])

    async def _release(self, ids: Iterable[int]) -> None:
        tokens = dict.fromkeys(ids)
        for id_ in tokens:
            self._held.pop(id_, None)
        try:
            await self._ask(verbs.release_claims(tokens, self._master.masterid))
        except Exception as error:  # noqa: BLE001 - `verify` releases it later
            say(f"change sources {sorted(tokens)} are not released yet: {error}")

    def _ask(self, request: Any) -> Deferred[Any]:  # noqa: ANN401 - a request answers with anything
        return self._component.ask(lambda _: request)

    def _all(self) -> list[Any]:
        return [source for source in self._master.change_svc if hasattr(source, "_activityPoll")]

    def _named(self, id_: int) -> Any:  # noqa: ANN401 - Buildbot has no types
        return next((source for source in self._all() if source.serviceid == id_), None)

    def _in_use(self) -> set[int]:
        active = {source.serviceid for source in self._active()}
        # One that could not be stopped may still poll, and is gone from the master's sources by then.
        polled = {id_ for id_, holding in self._held.items() if is_polling(holding.source)}
        return active | polled | self._claiming | self._ending

    def _active(self) -> list[Any]:
        return [source for source in self._all() if source.active]


def _told(doing: Deferred[Any]) -> None:
    doing.addErrback(say_failure, "in Headwater's plugin")


def as_deferred(function: Callable[..., Any]) -> Callable[..., Deferred[Any]]:
    """
    Return a function that Buildbot can call, of one that awaits.
    """

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Deferred[Any]:  # noqa: ANN401 - whatever Buildbot calls it with
        return Deferred.fromCoroutine(function(*args, **kwargs))

    return call
