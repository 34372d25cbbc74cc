"""Judge a run: what must never have happened, and what must have happened by its end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tests.simulation.evidence import Event
from tests.simulation.host import Host
from tests.simulation.world import World

_EXPIRY = 9.8
"""Seconds for which a heartbeat stands still at the least before its life is ended, on the fastest clock."""

_LATE, _WAITS = 2.6, 50
"""Seconds between two heartbeats that nothing disturbs, at the very most, and ways to the database besides."""

_FAR, _LATE_FROM_FAR = 0.008, 7.0
"""Where a way takes longer than this, all wait for the one lock so long that a heartbeat may come to nothing."""

_LEASE = 8.0
"""Seconds, and some, within which a master stops that cannot beat."""

Running = tuple[Host, int, int]


class Judge:
    """
    Goes through the events of a run once, in the order in which they happened.

    What a lease promises is this: when a check passes, no other master has gained the claim before, unless an
    operator had ended it by force. What happens after a check that passed may happen at any time; the fence sees to
    it that nothing of it is recorded.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.faults: list[str] = []
        self.open: dict[int, int] = {}
        """The token of each source that is claimed."""
        self.holder: dict[int, int] = {}
        """The master of each token."""
        self.source: dict[int, int] = {}
        """The source of each token."""
        self.why: dict[int, str] = {}
        """Why the claim with each token ended."""
        self.running: set[Running] = set()
        """What runs where under which token."""
        self._newest: dict[int, int] = defaultdict(int)
        self._newest_oid: dict[int, str] = {}
        self._beaten: dict[int, float] = {}
        self._names: dict[int, str] = {}
        self._gone: set[Host] = set()
        self._over: set[int] = set()
        latency = world.server.nature.latency
        self._late = _LATE + _WAITS * latency if latency < _FAR else _LATE_FROM_FAR

    def judge(self) -> list[str]:
        """
        Return what was wrong.
        """
        for event in self.world.evidence.events:
            see = getattr(self, f"_see_{event.kind}", None)
            if see is not None:
                self.faults += [f"{event.at:.4f}: {fault}" for fault in see(event, *event.details)]
        return self.faults

    def host_of(self, master: int) -> Host:
        """
        Return where a master lived.
        """
        pid = int(self._names[master].rpartition("#")[2][:4], 16)
        return next(host for host in self.world.hosts if host.pid == pid)

    def _see_joined(self, _: Event, master: int, name: str) -> Iterator[str]:
        self._names[master] = name
        yield from ()

    def _see_beaten(self, event: Event, master: int, _beat: int) -> Iterator[str]:
        since = self._beaten.get(master, event.at)
        self._beaten[master] = event.at
        if event.at - since > self._late and not self._is_excused(self.host_of(master), since, event.at):
            yield f"{self._names[master]} beat {event.at - since:.2f} s after its last heartbeat"

    def _see_gone(self, _: Event, host: Host) -> Iterator[str]:
        self._gone.add(host)
        self.running = {one for one in self.running if one[0] is not host}
        yield from ()

    def _see_begin(self, _: Event, host: Host, source: int, token: int) -> Iterator[str]:
        self.running.add((host, source, token))
        yield from ()

    def _see_end(self, _: Event, host: Host, source: int, token: int) -> Iterator[str]:
        self.running.discard((host, source, token))
        yield from ()

    def _see_opened(self, _: Event, source: int, token: int, master: int, _name: str) -> Iterator[str]:
        if source in self.open:
            yield f"source {source} was claimed while token {self.open[source]} was open"
        if token <= self._newest[source]:
            yield f"token {token} of source {source} came after {self._newest[source]}"
        if master in self._over:
            yield f"source {source} was claimed by {self._names[master]} after its life"
        self.open[source] = self._newest[source] = token
        self.holder[token] = master
        self.source[token] = source

    def _see_closed(self, _: Event, source: int, token: int, master: int, why: str) -> Iterator[str]:
        if self.open.pop(source, None) != token:
            yield f"token {token} of source {source} ended twice"
        self.why[token] = why
        if why not in {"released", "handed over", "expired", "forced"}:
            yield f"token {token} of source {source} ended as {why!r}"
        if why in {"released", "handed over"} and (self.host_of(master), source, token) in self.running:
            yield f"source {source} was {why} while its poll under token {token} still ran"

    def _see_act(self, _: Event, host: Host, source: int, token: int) -> Iterator[str]:
        now = self.open.get(source)
        if now != token and self.why.get(token) != "forced":
            how = self.why.get(token, "open")
            yield f"{host} may act for source {source} by token {token} ({how}) while token {now} is open"

    def _see_recorded(self, _: Event, source: int, token: int, number: int, oid: str) -> Iterator[str]:
        if self.open.get(source) != token:
            yield f"change {number} of source {source} was recorded under token {token}, not {self.open.get(source)}"
        if oid <= self._newest_oid.get(source, ""):
            yield f"change {number} of source {source} was recorded before"
        self._newest_oid[source] = oid

    def _see_lose(self, event: Event, host: Host, _source: int, _token: int, why: str) -> Iterator[str]:
        if why.startswith("no heartbeat") and not self._is_excused(host, event.at - _LEASE, event.at):
            yield f"{host} could not beat though nothing was wrong with it"

    def _see_ended(self, event: Event, master: int) -> Iterator[str]:
        self._over.add(master)
        host = self.host_of(master)
        if host in self._gone or master not in self._beaten or self.world.is_leaving(host):
            return
        silent = event.at - self._beaten[master]
        if silent < _EXPIRY:
            yield f"{self._names[master]} was expired {silent:.2f} s after a heartbeat"
        if not any(
            hit in {host, None} and begin < event.at and until > event.at - silent
            for hit, begin, until in self.world.unwell
        ):
            yield f"{self._names[master]} was expired though nothing was wrong with it"

    def _is_excused(self, host: Host, since: float, until: float) -> bool:
        """
        Tell whether something kept a host from beating.
        """
        alone = ((begin, end) for hit, begin, end in self.world.unwell if hit in {host, None})
        return any(begin < until and end > since for begin, end in (*self.world.silent, *alone))
