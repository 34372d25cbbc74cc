"""One master's part in the cluster, step by step: beat, look, give up, join anew. No threads, no waiting."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping

from headwater.blocking import Store
from headwater.clock import Clock, boot_seconds
from headwater.cluster.claim import Claim
from headwater.cluster.holdings import Holdings, Told
from headwater.cluster.lease import Lease
from headwater.cluster.leaving import leave
from headwater.cluster.leftovers import Leftovers
from headwater.cluster.life import Life
from headwater.cluster.plan import Plan, Situation, next_look, plan
from headwater.cluster.timing import Timing
from headwater.errors import DatabaseError, HeadwaterError
from headwater.identity import host
from headwater.store import clustering
from headwater.values import Master, Peer, Share, Watched

log = logging.getLogger(__name__)

_UPKEEP = 60.0
"""Seconds between two comparisons of everything with the database."""

_SOON = 0.05
"""Seconds by which a look is later than the end of a window, so as to find it closed."""


class Membership:
    """
    A master that beats, claims its share, hands over, and joins anew after others have given it up.

    `beat` belongs to one thread, `look` to another, `lapse` to a third; each returns after how many seconds it wants
    to be called again. What is told by `on_gain` and `on_lose` comes on any of them, and must return at once.
    """

    def __init__(  # noqa: PLR0913 - plain data
        self,
        store: Store,
        *,
        name: str,
        kinds: Collection[str] = (),
        timing: Timing | None = None,
        on_gain: Callable[[Claim], object] = lambda _: None,
        on_lose: Callable[[Claim, str], object] = lambda _, __: None,
        clock: Clock = boot_seconds,
    ) -> None:
        """
        Make the membership; the first life begins with `join`.

        The arguments are those of `Engine`; the clock also runs while the host sleeps.
        """
        self.timing = timing or Timing()
        self.holdings = Holdings(Told(on_gain, on_lose))
        self.has_news = False
        """Whether the last look changed what the next heartbeat says; then that should not wait."""
        self._store = store
        self._limits = store.database.limits
        self._name = name
        self._kinds = tuple(kinds)
        self._groups = [group for kind in kinds for group in (kind, f"{kind}@{host()}")]
        self._clock = clock
        self._leftovers = Leftovers(store, name, clock)
        self._shares: Mapping[str, Share] = {}
        self._said: Mapping[str, Share] | None = None
        self._life: Life | None = None

    @property
    def master(self) -> Master | None:
        """
        Who lives now; None before the first life, and after the last.
        """
        return None if self._life is None else self._life.master

    @property
    def may_act(self) -> bool:
        """
        Whether this life goes on, as far as is known here, and its lease runs.
        """
        life = self._life
        return life is not None and not life.is_over and life.lease.is_running()

    def join(self) -> Master:
        """
        Begin a new life.
        """
        began = self._clock()
        master = self._store.join(self._name)
        # A lease of its own: nothing of the life before may act by this one.
        lease = Lease(self.timing.lease, self._clock)
        lease.confirm(began)
        self._shares = {group: Share() for group in self._groups}
        self._life = Life(master, lease, self.timing)
        return master

    def beat(self) -> float:
        """
        Prove to be alive, then look at the others; return the seconds until the next time.
        """
        life = self._life
        if life is None or life.is_over:
            return self.timing.heartbeat
        began = self._clock()
        try:
            self._prove(life, began)
        except Exception as error:
            # Who cannot prove its own life must not judge that of others.
            life.windows.begin_anew()
            if not isinstance(error, DatabaseError):
                raise
            log.warning("no heartbeat: %s", error)
        due = min(began + self.timing.heartbeat, life.windows.next_end() + _SOON)
        return max(due - self._clock(), 0)

    def lapse(self) -> float:
        """
        Have everything stopped if the lease has run out; return the seconds for which it still runs.
        """
        life = self._life
        if life is None:
            return self.timing.lease
        left = life.lease.until - self._clock()
        if left <= 0:
            self.holdings.pause(f"no heartbeat was confirmed for {self.timing.lease:g} s")
        return max(left, 0)

    def look(self) -> float:
        """
        Do what is to be done now; return the seconds until the next time.
        """
        self.has_news = False
        life = self._life
        if life is not None and life.is_over:
            self._join_anew(life)
        elif life is not None and life.me is not None:
            try:
                return self._act(life, life.me)
            except HeadwaterError as error:
                log.warning("nothing claimed: %s", error)
                life.doubt()
        return self.timing.heartbeat

    def leave(self, pause: Callable[[float], object]) -> None:
        """
        Give every claim back and end this life. What ran under them must have ended before.

        Args:
            pause: waits for so many seconds, between two tries while the database is away.

        Raises:
            DatabaseError: it was away for too long; this may be called again.
        """
        life = self._life
        if life is None:
            return
        tokens = {claim.fence.source: claim.token for claim in self.holdings.claims()}
        try:
            leave(self._store, life, tokens, expiry=self.timing.expiry, clock=self._clock, pause=pause)
        finally:
            self.holdings.lose(tokens, "this master has left")
        self._life = None

    def claim(self, source: int, name: str, told: Told | None = None) -> Claim | None:
        """
        Claim a source by its id; None if an active master holds it, or this one is to hold nothing.

        To be called on the thread of `look`. `told` is told of this claim, and those who are told of all are not.
        """
        life = self._life
        if life is None or life.is_over or not life.lease.is_running() or (life.me and life.me.is_draining):
            return None
        try:
            token = self._store.claim([source], life.master).get(source)
        except DatabaseError:
            life.doubt()
            raise
        if token is None:
            return None
        claim = life.claim(source, name, token)
        self.holdings.gain(claim, told)
        return claim

    def release(self, claim: Claim) -> None:
        """
        Give a claim back under which nothing runs any more, if it still is this master's.
        """
        self.holdings.forget(claim, "released")
        holder = Master(id=claim.fence.master, name=claim.fence.name or "", active=True, last_active=0)
        try:
            self._store.release({claim.fence.source: claim.token}, holder)
        except DatabaseError as error:
            log.warning("%s is released later: %s", claim.source, error)
            if self._life is not None:
                self._life.doubt()

    def _prove(self, life: Life, began: float) -> None:
        shares = self._shares
        if not self._store.ask(clustering.heartbeat(self._limits, life.master, shares)):
            life.is_over = True
            return
        self._said = shares
        life.lease.confirm(began)
        asked = self._clock()
        peers = self._store.ask(clustering.living(self._limits))
        life.see(peers, asked=asked, answered=self._clock())

    def _act(self, life: Life, me: Peer) -> float:
        self._leftovers.expire(life)
        is_sweeping = self._leftovers.sweep()
        self._give_back(life)
        self._compare(life, me)
        if life.lease.is_running():
            self.holdings.resume()
        free = self._store.claimable(host=host(), kinds=self._kinds) if self._kinds else []
        # Who gives something up says so before it is free. Asked in this order, nothing is counted twice.
        # Who drains goes by its heartbeats alone, or it would claim by one picture and hand over by an older one.
        peers = list(life.peers) if me.is_draining or not free else self._store.ask(clustering.living(self._limits))
        decided = self._plan(life, me, peers, free)
        self.has_news = self._shares != decided.shares
        self._shares = decided.shares
        for group, count in decided.hand_over.items():
            self.holdings.send_away(self.holdings.oldest(group, count), "another master is to run it")
        if me.is_draining:
            # What was claimed by name has no share, but has to go as well.
            self.holdings.send_away(self.holdings.oldest(None), "this master is drained")
        chosen = set(decided.claim)
        if chosen and self._claim_all(life, [source for source in free if source.id in chosen]):
            # At once, so that the next heartbeat tells what was won: others count on it.
            return 0
        return 0 if is_sweeping else next_look(free)

    def _give_back(self, life: Life) -> None:
        leaving = self.holdings.ready_to_leave()
        if leaving and self._said == self._shares:
            tokens = {claim.fence.source: claim.token for claim in leaving}
            self._store.ask(clustering.hand_over(self._limits, tokens, life.master))
            for claim in leaving:
                self.holdings.forget(claim, "handed over")

    def _compare(self, life: Life, me: Peer) -> None:
        """
        Compare what is held here with what the database says, if there is a reason to or a minute has passed.
        """
        is_due = self._clock() >= life.compared_at + _UPKEEP
        if me.claims_version == life.claims_version and not is_due:
            return
        here = {claim.fence.source: claim for claim in self.holdings.claims()}
        there = {held.source: held for held in self._store.ask(clustering.held(self._limits, life.master))}
        gone = [id_ for id_, claim in here.items() if id_ not in there or there[id_].token != claim.token]
        self.holdings.lose(gone, "somebody else has ended the claim")
        # Won, or not released, by a call whose answer was lost.
        strays = {id_: held for id_, held in there.items() if id_ not in here}
        for id_, held in strays.items():
            if held.watched is not None and held.watched.settings.group in self._groups:
                self.holdings.gain(life.claim(id_, held.watched.name, held.token, held.watched))
            else:
                self._store.release({id_: held.token}, life.master)
        life.claims_version = me.claims_version
        if is_due:
            life.compared_at = self._clock()

    def _plan(self, life: Life, me: Peer, peers: list[Peer], free: list[Watched]) -> Plan:
        held = {group: self.holdings.count(group) for group in self._groups}
        quiet, still = life.note(free, held, self._clock())
        may_act = life.lease.is_running()
        situation = Situation(
            me=me.id, peers=(*peers,), held=held, free=(*free,), may_act=may_act, quiet_for=quiet, still_for=still
        )
        return plan(situation, self.timing)

    def _claim_all(self, life: Life, wanted: list[Watched]) -> int:
        tokens = self._store.claim([source.id for source in wanted], life.master)
        for source in wanted:
            if (token := tokens.get(source.id)) is not None:
                self.holdings.gain(life.claim(source.id, source.name, token, source))
        return len(tokens)

    def _join_anew(self, ended: Life) -> None:
        ended.lease.end()
        self.holdings.lose([claim.fence.source for claim in self.holdings.claims()], "this master was expired")
        try:
            joined = self.join()
        except DatabaseError as error:
            log.warning("cannot join: %s", error)
        else:
            log.warning("master %s was expired; joined anew as %s", ended.master.name, joined.name)
            self.has_news = True
