"""
A holder is stopped by SIGSTOP, for longer than everybody waits, and goes on with its wall clock set back.

    python -m tests.failover.pauses sqlite|postgresql|mariadb [--seconds 60] [--in-transaction]
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from time import monotonic
from typing import Any

from sqlalchemy import make_url

from headwater import Store
from headwater.store import questions
from headwater.store.locks import who_holds_the_write_lock
from tests.databases import KINDS, Server
from tests.failover.chaos import TIMING, Chaos
from tests.failover.checker import double_acts, idle_at_the_end, lost_or_doubled
from tests.failover.events import Event, events, now
from tests.failover.process import Process
from tests.failover.tables import all_changes
from tests.failover.wallclock import jump

_SOON = 60.0
_MASTERS = 3
_SET_BACK = 3600.0
"""Seconds by which the wall clock of the one that is stopped is wrong when it goes on."""


def pause(server: Server, folder: Path, *, seconds: float, in_transaction: bool) -> dict[str, Any]:
    """
    Stop one of three masters for a while; return what was seen during it and after it.

    Args:
        server: for a database of its own.
        folder: for the diaries.
        seconds: that it is stopped.
        in_transaction: stop it while it has written and not committed.
    """
    url = server.create("pause")
    chaos = Chaos(server, url, folder, seed=1, workers=_MASTERS)
    try:
        stopped, woken = _stop_one(chaos, url, folder, seconds=seconds, in_transaction=in_transaction)
    finally:
        chaos.stop()
    return _seen(url, chaos, folder, stopped, woken) | {
        "database": server.kind,
        "seconds": seconds,
        "in_transaction": in_transaction,
    }


def _stop_one(chaos: Chaos, url: str, folder: Path, *, seconds: float, in_transaction: bool) -> tuple[float, float]:
    _wait_until(lambda: len({event.worker for event in _acts(events(folder), now() - 1)}) == _MASTERS)
    victim = chaos.processes[0]
    if in_transaction:
        victim.signal(signal.SIGUSR1)
        _wait_until(lambda: victim.is_stopped)
    else:
        _wait_until(lambda: _is_stopped_outside(victim, url))
    stopped = now()
    # Who goes by that clock believes, when it wakes, that its lease still runs.
    jump(victim.wall, -_SET_BACK)
    threading.Event().wait(seconds)
    if not (in_transaction and chaos.kind == "sqlite"):
        # However slow the machine is: what is looked for is what the others do, not when.
        _wait_until(lambda: not idle_at_the_end(events(folder), chaos.sources, stopped + TIMING.expiry))
    # Before it can act: this process may have to wait for its turn once the other has been woken.
    woken = now()
    victim.signal(signal.SIGCONT)
    _wait_until(lambda: not idle_at_the_end(events(folder), chaos.sources, woken))
    _wait_until(lambda: any(event.worker == "w0" for event in _acts(events(folder), woken)))
    return stopped, woken


def _is_stopped_outside(victim: Process, url: str) -> bool:
    """
    Stop a process, and let it go on again if that hit it in a transaction on SQLite: nobody could do anything then.
    """
    victim.signal(signal.SIGSTOP)
    _wait_until(lambda: victim.is_stopped)
    if who_holds_the_write_lock(make_url(url).database) != f" (held by process {victim.pid})":
        return True
    victim.signal(signal.SIGCONT)
    return False


def _seen(url: str, chaos: Chaos, folder: Path, stopped: float, woken: float) -> dict[str, Any]:
    after = events(folder)
    during = [event for event in _acts(after, stopped) if event.at < woken]
    with Store(url) as store:
        pasts = [
            past
            for source in store.sources()
            for past in store.ask(questions.history(store.database.limits, source.id, most=1000))
        ]
        doubled = lost_or_doubled(all_changes(store))
    old = {event.token for event in after if event.worker == "w0" and event.at < stopped}
    last_acts = [event.at - stopped for event in _acts(during, stopped)]
    return {
        "sources": len(chaos.sources),
        "acted_for_meanwhile": len({event.source for event in _acts(during, stopped + TIMING.expiry)}),
        "last_act_after": round(max(last_acts, default=0.0), 1),
        "ended_lives": len({event.why for event in after if event.what == "expired"}),
        "expired_claims": sum(past.why == "expired" for past in pasts),
        "acts_under_old_claims_after_waking": sum(event.token in old for event in _acts(after, woken)),
        "double_acts": len(double_acts(after, ())),
        "changes_lost_or_doubled": len(doubled),
        "process_is_named": f"(held by process {chaos.processes[0].pid})" in _said(folder),
    }


def _acts(happened: Sequence[Event], since: float) -> list[Event]:
    return [event for event in happened if event.what == "acted" and event.at > since]


def _said(folder: Path) -> str:
    return "".join(log.read_text() for log in folder.glob("*.log"))


def _wait_until(condition: Callable[[], bool]) -> None:
    end = monotonic() + _SOON
    while not condition():
        assert monotonic() < end, "waited for too long"
        threading.Event().wait(0.1)


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Run, and print what was seen as one line of JSON.
    """
    parser = argparse.ArgumentParser(prog="python -m tests.failover.pauses")
    parser.add_argument("kind", choices=list(KINDS))
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--in-transaction", action="store_true")
    options = parser.parse_args(arguments)
    server = KINDS[options.kind].start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            seen = pause(server, Path(folder), seconds=options.seconds, in_transaction=options.in_transaction)
    finally:
        server.stop()
    print(json.dumps(seen))  # noqa: T201 - it is what this program is for
    return int(bool(seen["double_acts"] or seen["changes_lost_or_doubled"]))


if __name__ == "__main__":
    sys.exit(main())
