"""How every source stands, why it last moved, and what happens to it next; what is shown and no more."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import Struct

from headwater.blocking import Store
from headwater.cli.liveness import is_silent
from headwater.cluster.timing import Timing
from headwater.store import clustering, questions
from headwater.store.schema import Kind
from headwater.values import Master, Peer, Standing, Watched

State = Literal["held", "left", "free"]

_EXPIRY = Timing().expiry


class Shown(Struct, kw_only=True):
    """
    A source as programs get it.
    """

    id: int
    name: str
    state: State
    holder: int | None
    holder_name: str | None
    since: int | None
    """Since when it is held; or free, if it ever was held."""
    why: str | None
    """Why the newest claim that is over ended."""
    next: str
    """What will happen to it, in words; empty if nothing is to be said."""


class Scene(Struct, frozen=True, kw_only=True):
    """
    What one look at the registry shows.
    """

    now: int
    standings: list[Standing]
    watched: dict[int, Watched]
    masters: dict[int, Master]
    peers: dict[int, Peer]

    def shown(self, standing: Standing) -> Shown:
        """
        Return a source as it is shown.
        """
        return Shown(
            id=standing.id,
            name=standing.name,
            state=state_of(standing),
            holder=standing.holder,
            holder_name=standing.holder_name,
            since=standing.until if standing.holder is None else standing.since,
            why=standing.why,
            next=self._next(standing),
        )

    def _next(self, standing: Standing) -> str:
        match state_of(standing):
            case "free":
                return self._next_of_the_free(self.watched.get(standing.id))
            case "left":
                return "taken over by whoever asks first"
            case "held":
                return self._next_of_the_held(standing.holder or 0)

    def _next_of_the_held(self, holder: int) -> str:
        if holder in self.peers and is_silent(self.masters[holder]):
            if any(peer != holder and self._is_there(peer) for peer in self.peers):
                return f"its holder is silent: the others expire it, by default after {_EXPIRY:g} s"
            return "its holder is silent: expired once another master runs"
        return "handed over, for its holder drains" if self._drains(holder) else ""

    def _next_of_the_free(self, watched: Watched | None) -> str:
        if watched is None:
            return "claimed when it is asked for by name"
        able = [id_ for id_, peer in self.peers.items() if watched.settings.group in peer.shares]
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
        standings=store.ask(questions.standings()),
        watched={watched.id: watched for watched in store.watched()} if ours else {},
        masters={master.id: master for master in store.masters()},
        peers={peer.id: peer for peer in store.ask(clustering.living(limits))} if ours else {},
        now=store.ask(questions.pulse()).now,
    )


def state_of(standing: Standing) -> State:
    """
    Tell how a source stands, in one word.
    """
    if standing.holder is None:
        return "free"
    return "held" if standing.holder_is_active else "left"


def sentence(shown: Shown) -> str:
    """
    Return how a source stands, in a few words that are the same until something changes.
    """
    return "; ".join(part for part in (*_stands(shown), shown.next) if part)


def _stands(shown: Shown) -> tuple[str, str]:
    since = "" if shown.since is None else f" since {time_of_day(shown.since)}"
    if shown.state == "free":
        return f"free{since}", shown.why or "never claimed"
    if shown.state == "left":
        return f"left by {shown.holder_name}, which is inactive", ""
    return f"held by {shown.holder_name}{since}", f"the claim before: {shown.why}" if shown.why else ""


def time_of_day(milliseconds: int) -> str:
    """
    Return a time of the database's clock as this host's clock would show it.
    """
    return datetime.fromtimestamp(milliseconds / 1000).astimezone().strftime("%H:%M:%S")
