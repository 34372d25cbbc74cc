"""How every source fares and stands, why, and what happens to it next; what is shown and no more."""

from __future__ import annotations

from msgspec import Struct

from headwater.blocking import Store
from headwater.cli.liveness import is_silent
from headwater.cli.looks import Claimed
from headwater.cli.times import moment, time_of_day
from headwater.cluster.timing import Timing
from headwater.running.states import Fare, fare
from headwater.store import clustering, questions, watching
from headwater.store.requests import has
from headwater.store.schema import Kind
from headwater.values import INJECT, Condition, Master, Pause, Peer, Standing, State, Watched

_EXPIRY = Timing().expiry


class Shown(Struct, kw_only=True):
    """
    A source as programs get it; times in milliseconds of the database's clock.
    """

    id: int
    name: str
    kind: str | None
    url: str | None
    state: State | Claimed
    reason: str
    """Why it is in this state; empty if nothing is to be said."""
    since: int | None
    """Since when it is in this state."""
    attempts: int
    """Polls in a row that failed."""
    checked_at: int | None
    succeeded_at: int | None
    next_at: int | None
    """When it is looked at next."""
    paused_until: int | None
    holder: int | None
    holder_name: str | None
    claimed_at: int | None
    why: str | None
    """Why the newest claim that is over ended."""
    next: str
    """What will happen to it, in words; empty if nothing is to be said."""


class Scene(Struct, frozen=True, kw_only=True):
    """
    What one look at the registry shows.
    """

    now: int
    is_ours: bool
    standings: list[Standing]
    watched: dict[int, Watched]
    masters: dict[int, Master]
    peers: dict[int, Peer]
    conditions: dict[int, Condition]
    pauses: dict[int, Pause]

    def shown(self, standing: Standing) -> Shown:
        """
        Return a source as it is shown.
        """
        fare = self._fare(standing)
        watched = self.watched.get(standing.id)
        condition = self.conditions.get(standing.id)
        pause = self.pauses.get(standing.id)
        return Shown(
            id=standing.id,
            name=standing.name,
            kind=watched.settings.kind if watched else None,
            url=watched.settings.url if watched else None,
            state=fare.state if self.is_ours else claimed(standing),
            reason=fare.reason if self.is_ours else condition.reason if condition else "",
            since=fare.since if self.is_ours else standing.since,
            attempts=condition.attempts if condition else 0,
            checked_at=condition.checked_at if condition else None,
            succeeded_at=condition.succeeded_at if condition else None,
            next_at=condition.next_at if condition and standing.holder_is_active and not pause else None,
            paused_until=pause.until if pause else None,
            holder=standing.holder,
            holder_name=standing.holder_name,
            claimed_at=standing.since,
            why=standing.why,
            next=self._next(standing, pause),
        )

    def is_hopeless(self, standing: Standing) -> bool:
        """
        Tell whether nobody is going to run a source, as things are.
        """
        watched = self.watched.get(standing.id)
        if standing.id in self.pauses or watched is None:
            return True
        if claimed(standing) == "held":
            others = [peer for peer in self.peers if peer != standing.holder and self._is_there(peer)]
            return not (self._is_there(standing.holder or 0) or others)
        return not any(self._is_there(id_) and not self._drains(id_) for id_ in self._able(watched))

    def _able(self, watched: Watched) -> list[int]:
        return [id_ for id_, peer in self.peers.items() if watched.settings.group in peer.shares]

    def _fare(self, standing: Standing) -> Fare:
        watched, pause = self.watched.get(standing.id), self.pauses.get(standing.id)
        if watched is None:
            # Whoever runs it by name does not tell how it fares.
            is_run = standing.holder is not None and standing.holder_is_active
            return Fare("ok", "", standing.since) if is_run else Fare("unclaimed", "", standing.until)
        if watched.settings.kind == INJECT and pause is None:
            return Fare("ok", "its changes are given to `headwater inject`")
        return fare(standing, self.conditions.get(standing.id), pause, watched.settings, now=self.now)

    def _next(self, standing: Standing, pause: Pause | None) -> str:
        if pause is not None:
            return "until it is resumed" if pause.until is None else f"resumed at {moment(pause.until, now=self.now)}"
        match claimed(standing):
            case "free":
                return self._next_of_the_free(self.watched.get(standing.id))
            case "left":
                return "taken over by whoever asks first"
            case "held":
                return self._next_of_the_held(standing.holder or 0)

    def _next_of_the_held(self, holder: int) -> str:
        if holder in self.peers and is_silent(self.masters[holder]):
            if not self.is_ours:
                return "its holder is silent: another master takes over when its lease has run out"
            if any(peer != holder and self._is_there(peer) for peer in self.peers):
                return f"its holder is silent: the others expire it, by default after {_EXPIRY:g} s"
            return "its holder is silent: expired once another master runs"
        return "handed over, for its holder drains" if self._drains(holder) else ""

    def _next_of_the_free(self, watched: Watched | None) -> str:
        if watched is None:
            return "claimed when it is asked for by name"
        if watched.settings.kind == INJECT:
            return ""
        able = self._able(watched)
        there = [id_ for id_ in able if self._is_there(id_)]
        if any(not self._drains(id_) for id_ in there):
            return "claimed at the next look"
        if there:
            return "waits: every master that can run it drains"
        if able:
            return "waits: every master that can run it is silent"
        host = watched.settings.host
        return f"waits for a master that runs {watched.settings.kind}{f' on {host}' if host else ''}"

    def _is_there(self, master: int) -> bool:
        return master in self.masters and not is_silent(self.masters[master])

    def _drains(self, master: int) -> bool:
        return master in self.peers and self.peers[master].is_draining


def look(store: Store) -> Scene:
    """
    Look at everything once; on Buildbot's database that is less.
    """
    limits = store.database.limits
    ours = limits.kind is Kind.HEADWATER
    return Scene(
        is_ours=ours,
        standings=store.ask(questions.standings()),
        watched={watched.id: watched for watched in store.watched()} if ours else {},
        masters={master.id: master for master in store.masters()},
        peers={peer.id: peer for peer in store.ask(clustering.living(limits))} if has(limits, clustering.PEERS) else {},
        conditions=store.conditions() if has(limits, watching.CONDITIONS) else {},
        pauses=store.pauses() if ours else {},
        now=store.ask(questions.pulse()).now,
    )


def claimed(standing: Standing) -> Claimed:
    """
    Tell how a claim stands, in one word.
    """
    if standing.holder is None:
        return "free"
    return "held" if standing.holder_is_active else "left"


def sentence(shown: Shown) -> str:
    """
    Return how a source fares, in a few words that are the same until something changes.
    """
    return "; ".join(part for part in (_state(shown), shown.reason, *_claim(shown), shown.next) if part)


def _state(shown: Shown) -> str:
    if shown.state == "held":
        return ""  # by whom is said next
    if shown.state == "left":
        return f"left by {shown.holder_name}, which is inactive"
    since = "" if shown.since is None else f" since {time_of_day(shown.since)}"
    times = f", {shown.attempts} times" if shown.attempts > 1 and shown.state in {"failing", "broken"} else ""
    return f"{shown.state}{since}{times}"


def _claim(shown: Shown) -> tuple[str, str]:
    before = f"the claim before: {shown.why}" if shown.why else ""
    if shown.holder is None:
        return before or "never claimed", ""
    since = "" if shown.claimed_at is None else f" since {time_of_day(shown.claimed_at)}"
    return "" if shown.state == "left" else f"held by {shown.holder_name}{since}", before
