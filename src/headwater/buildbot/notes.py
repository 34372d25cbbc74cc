"""What operators are to see of a master's change sources: gathered here, written by the threads of its lease."""

from __future__ import annotations

import functools
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from inspect import iscoroutine
from typing import Any

from buildbot.util.poll import Poller
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from headwater.buildbot.lease import Lease
from headwater.buildbot.logs import say
from headwater.clock import boot_seconds
from headwater.sources.giturl import redact
from headwater.store.notes import Batch, Claimed, Polled

_EVERY = 0.9
"""Seconds between two batches at least; whoever asks does so once a second."""

_SETTLES = 60.0
"""Seconds for which it is looked whether a source that is active no more was released: its last poll may go on."""

_LONGEST = 500
"""Characters that are kept of an error."""


@dataclass(eq=False)
class _Source:
    """
    What has happened to a source since this master holds it, in seconds of `boot_seconds`.
    """

    service: Any
    claimed: float | None = None
    claim: int | None = None
    """The number of its claim in the history."""
    stopped: float | None = None
    is_new: bool = True
    began: float | None = None
    ended: float | None = None
    problem: str | None = None
    """What the poll that runs has said so far;"""
    error: str | None = None
    """and the last one that has ended."""


class Notes:
    """
    Gathers what is to be noted, and has it written in batches.

    Nothing here waits, and nothing that goes wrong here reaches a poll.

    Args:
        master: the Buildbot master.
        lease: returns the lease by whose threads it is written, if there is one.
    """

    def __init__(self, master: Any, lease: Callable[[], Lease | None]) -> None:  # noqa: ANN401 - Buildbot has no types
        self._master = master
        self._lease = lease
        self._sources: dict[int, _Source] = {}
        self._changed: set[int] = set()
        self._wrote_at = float("-inf")
        self._is_writing = False
        self._told: str | None = None

    def claimed(self, source: Any) -> None:  # noqa: ANN401 - Buildbot has no types
        """
        Note that a source was claimed just now.
        """
        self._sources[source.serviceid] = _Source(source, claimed=boot_seconds(), claim=secrets.randbits(62))
        self._changed.add(source.serviceid)

    def began(self, source: Any) -> None:  # noqa: ANN401
        """
        Note that a poll begins.
        """
        seen = self._changing(source)
        seen.began, seen.problem = boot_seconds(), None

    def ended(self, source: Any) -> None:  # noqa: ANN401
        """
        Note that a poll has ended.
        """
        seen = self._changing(source)
        seen.ended, seen.error = boot_seconds(), seen.problem

    def watching(self, source: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:  # noqa: ANN401
        """
        Return what makes of a source's `poll` one whose failure is noted, and goes on its way.
        """

        def failed(failure: Failure) -> Failure:
            self._changing(source).problem = as_sentence(failure)
            return failure

        def watched(poll: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as it is called
            try:
                polled = poll(*args, **kwargs)
            except Exception:
                failed(Failure())  # type: ignore[no-untyped-call] # Twisted has no types there
                raise
            doing = Deferred.fromCoroutine(polled) if iscoroutine(polled) else polled
            return doing.addErrback(failed) if isinstance(doing, Deferred) else doing

        return lambda poll: functools.partial(watched, poll)

    def write(self) -> None:
        """
        Have noted what has changed, unless that was done a moment ago, or is being done.
        """
        lease = self._lease()
        self._look_for_ends()
        if lease is None or self._is_writing or not self._changed or boot_seconds() - self._wrote_at < _EVERY:
            return
        self._wrote_at = boot_seconds()
        ids, seen = self._changed, [self._sources[id_] for id_ in sorted(self._changed)]
        batch = Batch(
            self._master.masterid,
            [self._claim_of(one) for one in seen if one.is_new],
            [self._poll_of(one) for one in seen if one.began is not None],
        )

        def done(answer: object) -> None:
            # Called on a thread of the lease.
            self._master.reactor.callFromThread(self._written, ids, seen, answer)

        if lease.note(batch, done):
            self._is_writing, self._changed = True, set()

    def _written(self, ids: set[int], seen: list[_Source], answer: object) -> None:
        self._is_writing = False
        problem = str(answer) if isinstance(answer, BaseException) else None
        if problem is None:
            for one in seen:
                one.is_new = False
        else:
            self._changed |= ids
            if problem != self._told:
                say(f"what change sources do is not noted for now: {problem}")
        self._told = problem

    def _look_for_ends(self) -> None:
        for id_, seen in self._sources.items():
            if seen.service.active:
                seen.stopped = None
                continue
            seen.stopped = seen.stopped or boot_seconds()
            if boot_seconds() - seen.stopped < _SETTLES:
                # With whatever is noted, the ends of this master's claims are.
                self._changed.add(id_)

    def _changing(self, source: Any) -> _Source:  # noqa: ANN401
        self._changed.add(source.serviceid)
        return self._sources.setdefault(source.serviceid, _Source(source))

    def _claim_of(self, seen: _Source) -> Claimed:
        return Claimed(seen.service.serviceid, _ago(seen.claimed), self._next_in(seen.service), seen.claim)

    def _poll_of(self, seen: _Source) -> Polled:
        return Polled(
            source=seen.service.serviceid,
            began_ago=_ago(seen.began) or 0,
            ended_ago=_ago(seen.ended),
            error=seen.error,
            next_in=self._next_in(seen.service),
        )

    def _next_in(self, source: Any) -> int | None:  # noqa: ANN401
        poller = getattr(source, "doPoll", None)
        call = poller._call if isinstance(poller, Poller) else None  # noqa: SLF001 - Buildbot has no other way
        if call is None or not call.active():
            return None
        seconds: float = call.getTime() - self._master.reactor.seconds()
        return max(0, round(1000 * seconds))


def as_sentence(failure: Failure) -> str:
    """
    Return what has failed on one line, without user and password of a URL.
    """
    said = redact(f"{type(failure.value).__name__}: {failure.getErrorMessage()}")
    line = " ".join(said.replace("\0", " ").split())
    return line[:_LONGEST].encode(errors="replace").decode()


def _ago(then: float | None) -> int | None:
    return None if then is None else round(1000 * (boot_seconds() - then))
