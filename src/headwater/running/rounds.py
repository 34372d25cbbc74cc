"""The rounds of one source under one claim: rest, wait for a turn, poll, say what became of it."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from traceback import format_exception

from msgspec import structs

from headwater.aio import AsyncStore
from headwater.clock import boot_seconds
from headwater.cluster.claim import Claim
from headwater.errors import ClaimLostError, HeadwaterError
from headwater.running import conditions, schedule
from headwater.running.conditions import Health
from headwater.running.hosts import Hosts, host_of
from headwater.running.lasting import Lasting
from headwater.running.listening import Listener
from headwater.running.poll import Poller, Seen
from headwater.running.problems import Problem, problem_of, sentence
from headwater.running.reporting import Reporter
from headwater.sources.base import ChangeSource
from headwater.sources.kinds import Factory
from headwater.sources.workplace import Workplace
from headwater.store import questions
from headwater.values import Brief, Watched

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Means:
    """
    What all sources of a runner have in common.
    """

    store: AsyncStore
    kinds: Mapping[str, Factory]
    workplace: Workplace
    listener: Listener
    hosts: Hosts
    reporter: Reporter

    def sentence(self, said: str) -> str:
        """
        Make one sentence, as others may read it, of what a source says.
        """
        return sentence(self.redacted(said))

    def redacted(self, said: str) -> str:
        """
        Return a text as others may read it.
        """
        return self.workplace.credentials.redactor(said)


class Rounds:
    """
    Polls one source as long as its claim lasts, and says how it fares.

    Args:
        claim: under which.
        means: what it has in common with others.
        among: tells how many sources are run here.
    """

    def __init__(self, claim: Claim, means: Means, *, among: Callable[[], int]) -> None:
        self._claim = claim
        self._means = means
        self._among = among
        self._watched = claim.watched
        self._lasting = Lasting(self._say_what_lasts)
        self._poller = Poller(
            claim,
            means.store,
            make=self._make,
            on_change=means.listener.recorded,
            on_life=self._lasting.come_further,
        )
        self._health: Health | None = None
        self._nudged: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        # What the listener was told last: "" is nothing yet, None that all is well.
        self._told: str | None = ""
        self._is_first = True

    @property
    def watched(self) -> Watched:
        """
        Return what is watched, as it was when the newest round began.
        """
        return self._watched

    def nudge(self) -> None:
        """
        Have the source polled now: something is asked of it, or it is not what it was.
        """
        if not self._nudged.done():
            self._nudged.set_result(None)

    async def run(self) -> None:
        """
        Make rounds until cancelled.

        Raises:
            ClaimLostError: the claim has ended, and nothing may be done under it any more.
        """
        watched = self._claim.watched
        rest = schedule.first_rest(watched.name, watched.settings.poll, among=self._among())
        try:
            while True:
                await asyncio.wait([self._nudged], timeout=rest)
                self._nudged = asyncio.get_running_loop().create_future()
                rest = await self._round()
        finally:
            if self._lasting.is_said and self._health is not None:
                # Nobody is checking any more.
                self._tell(self._health)

    async def _round(self) -> float:
        """
        Poll once, if it is this master's to do; return the seconds until the next round.
        """
        try:
            health = await self._known()
            brief = await self._poller.brief()
        except ClaimLostError:
            raise
        except HeadwaterError as error:
            return self._put_off(problem_of(error))
        self._watched = structs.replace(self._watched, name=brief.name, settings=brief.settings)
        is_asked = brief.checks_wanted > health.checks_done
        try:
            async with self._turn(brief, is_urgent=is_asked) as is_ours:
                if not is_ours:
                    return 0
                async with self._lasting.poll(brief.name):
                    seen = await self._poller.poll(brief, again_from=_again_from(brief, health))
        except ClaimLostError:
            raise
        except Exception as error:  # noqa: BLE001 - a source of a user's own may raise anything, and goes on
            return self._failed(brief, error)
        return self._succeeded(brief, seen)

    async def _known(self) -> Health:
        if self._health is None:
            told = await self._means.store.condition(self._claim.fence.source)
            now = 0 if told is None else (await self._means.store.ask(questions.pulse())).now
            self._health = conditions.as_told(told, now_there=now, now=boot_seconds())
        return self._health

    def _turn(self, brief: Brief, *, is_urgent: bool) -> AbstractAsyncContextManager[bool]:
        host = host_of(brief.settings)
        return self._means.hosts.turn(host, unless=self._nudged, is_urgent=is_urgent, on_wait=self._wait_for)

    def _make(self, brief: Brief) -> ChangeSource:
        workplace = replace(self._means.workplace, name=brief.name, on_progress=self._lasting.progress)
        return self._means.kinds[brief.settings.kind](brief.settings, workplace)

    def _say_what_lasts(self, since: float, doing: str) -> None:
        text = self._means.sentence(doing)
        if self._health is not None:
            self._tell(conditions.checking(self._health, since=since, doing=text))
        if text:
            self._means.listener.progress(self._watched, text)

    def _wait_for(self, host: str, problem: str, seconds: float) -> None:
        if self._health is None:
            return
        now = boot_seconds()
        self._health = conditions.waiting(
            self._health, host, self._means.sentence(problem), now=now, until=now + seconds
        )
        self._tell(self._health)
        self._complain(self._health.reason, about=f"waits for {host}")

    def _put_off(self, problem: Problem) -> float:
        """
        Return after how long to try on, with nothing known of the source that was not known before.
        """
        self._complain(problem.text, about=problem.text)
        return schedule.rest_after(problem, self._watched.settings.poll, attempts=1, chance=_chance())

    def _failed(self, brief: Brief, error: Exception) -> float:
        problem = problem_of(error)
        problem = structs.replace(problem, text=self._means.sentence(problem.text))
        if problem.is_databases or self._health is None:
            return self._put_off(problem)
        if not isinstance(error, HeadwaterError):
            log.error("poll of %s: %s", brief.name, self._means.redacted("".join(format_exception(error))))
        self._complain(problem.text, about=problem.text)
        health = conditions.after_failure(self._health, problem, now=boot_seconds())
        # What was to be told again still is, unless trying on does not help.
        if _again_from(brief, health) is None or problem.needs_human:
            health = structs.replace(health, checks_done=brief.checks_wanted)
        rest = schedule.rest_after(problem, brief.settings.poll, attempts=health.attempts, chance=_chance())
        return self._settle(health, rest)

    def _succeeded(self, brief: Brief, seen: Seen) -> float:
        if self._told is not None:
            self._means.listener.looked(self._watched, seen.refs)
        self._told = None
        before = self._health or Health(since=boot_seconds())
        health = conditions.after_success(before, now=boot_seconds(), note=self._means.sentence(seen.note))
        return self._settle(structs.replace(health, checks_done=brief.checks_wanted), self._rest(brief))

    def _rest(self, brief: Brief) -> float:
        is_first, self._is_first = self._is_first, False
        if is_first:
            return schedule.second_rest(brief.name, brief.settings.poll)
        return schedule.usual_rest(brief.settings.poll, chance=_chance())

    def _settle(self, health: Health, rest: float) -> float:
        self._health = conditions.resting(health, until=boot_seconds() + rest)
        self._tell(self._health)
        return rest

    def _tell(self, health: Health) -> None:
        self._means.reporter.tell(self._claim.fence, health)

    def _complain(self, problem: str, *, about: str) -> None:
        """
        Tell the listener of a problem, unless it is what it was told last.
        """
        if about != self._told:
            self._means.listener.failed(self._watched, problem)
        self._told = about


def _again_from(brief: Brief, health: Health) -> str | None:
    """
    Return from which commit on everything is to be told again, if the check that asks for it has not been made.
    """
    return brief.check_from if brief.check_from_number > health.checks_done else None


def _chance() -> float:
    return random.random()  # noqa: S311 - no secret
