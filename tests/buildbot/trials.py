"""Long trials with real Buildbot masters: ``python -m tests.buildbot.trials TRIAL``."""

from __future__ import annotations

import argparse
import signal
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

from sqlalchemy import create_engine, make_url

from headwater.clock import boot_seconds
from headwater.store import inside, leasing, verbs
from headwater.store.guest import Guest
from tests.buildbot.createmaster import TABLES, create_master
from tests.buildbot.gitscenes import commit_is_one_change, somewhere, two_with_git
from tests.buildbot.masters import Config
from tests.buildbot.pauses import midway, pause
from tests.buildbot.scenes import (
    alike,
    all_polled,
    beaten,
    claims,
    first_poll,
    forget,
    overlaps,
    polled_twice,
    start_all,
)
from tests.conformance.rows import run
from tests.databases import KINDS, Server

POLLERS = 100


def start(url: str, _: Server, folder: Path) -> str:
    """
    Start two, then three masters with 100 pollers each at the same instant, and count what runs twice.
    """
    said = []
    for count in (2, 3):
        forget(url)
        with alike(folder / str(count), count, Config(url=url, sources=POLLERS)) as those:
            began = monotonic()
            running = start_all(those)
            took = monotonic() - began
            all_polled(those, running + 1, POLLERS)
            twice = set(polled_twice(those, 0)) | set(overlaps(those))
            shares = sorted(list(claims(url).values()).count(master.name) for master in those)
        said.append(f"{count} masters: {len(twice)} of {POLLERS} twice, shares {shares}, started in {took:.1f} s")
    return "; ".join(said)


def kill(url: str, _: Server, folder: Path) -> float:
    """
    Kill the holder of a GitPoller, and return after how many seconds the other one polls.
    """
    with two_with_git(url, folder) as (one, two):
        sleep(somewhere())
        killed = boot_seconds()
        one.kill()
        took = first_poll(two, killed) - killed
        commit_is_one_change(url, folder)
    return took


def stop(url: str, _: Server, folder: Path) -> float:
    """
    Stop the holder of a GitPoller, and return after how many seconds the other one polls.
    """
    with two_with_git(url, folder) as (one, two):
        sleep(somewhere())
        stopped = boot_seconds()
        one.signal(signal.SIGTERM)
        took = first_poll(two, stopped) - stopped
        one.process.wait(30)
        commit_is_one_change(url, folder)
    return took


def outage(url: str, server: Server, folder: Path) -> str:
    """
    Have the database away for 8 s, start a third master, and tell who polls, who beats, and what one commit became.
    """
    with two_with_git(url, folder, count=3, running=2) as those:
        server.kill()
        sleep(8)
        server.restart()
        back = boot_seconds()
        beaten(url, those[:2], 60, 150)
        start_all(those[2:])
        commit_is_one_change(url, folder)
        sleep(3)
        twice = polled_twice(those, back)
        active = run(url, "SELECT COUNT(*) FROM masters WHERE active = 1")[0][0]
    return f"{len(twice)} sources polled twice after it, {active} of 3 masters active, one commit was one change"


def expire(url: str, _server: Server, _folder: Path) -> str:
    """
    Expire the same dead master 300 times, by two at once, and count how many say that they did.
    """
    guests = [Guest(create_engine(make_url(url).set(drivername=_driver(url)))) for _ in range(2)]
    for guest in guests:
        guest.look()
    guests[0].answer(lambda limits: verbs.find_master(limits, "dead"))
    ((dead,),) = run(url, "SELECT id FROM masters WHERE name = 'dead'")
    said = []
    with ThreadPoolExecutor(2) as threads:
        for _ in range(300):
            run(url, "UPDATE masters SET active = 1, last_active = 1 WHERE name = 'dead'")
            said.append(sum(threads.map(lambda guest: _expired(guest, int(str(dead))), guests)))
    for guest in guests:
        guest.close()
    return f"exactly one in {said.count(1)} of {len(said)}"


TRIALS: dict[str, Callable[[str, Server, Path], object]] = {
    "start": start,
    "kill": kill,
    "stop": stop,
    "pause": pause,
    "midway": midway,
    "outage": outage,
    "expire": expire,
}


def main() -> None:
    """
    Run trials, and say what they showed.
    """
    parser = argparse.ArgumentParser(prog="python -m tests.buildbot.trials", description=__doc__)
    parser.add_argument("trial", choices=TRIALS)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--database", choices=list(KINDS), default="postgresql")
    chosen = parser.parse_args()
    server = KINDS[chosen.database].start()
    shown: list[object] = []
    try:
        for number in range(chosen.runs):
            with tempfile.TemporaryDirectory() as folder, _made(server, Path(folder)) as url:
                shown.append(TRIALS[chosen.trial](url, server, Path(folder)))
            sys.stdout.write(f"{chosen.trial} {number + 1}: {_told(shown[-1])}\n")
            sys.stdout.flush()
    finally:
        server.stop()
    seconds = [one for one in shown if isinstance(one, float)]
    if seconds:
        sys.stdout.write(f"{chosen.trial}: median {statistics.median(seconds):.1f} s, worst {max(seconds):.1f} s\n")


@contextmanager
def _made(server: Server, folder: Path) -> Iterator[str]:
    with server.fresh_database() as url:
        create_master(url, folder / "made")
        if server.kind == "mariadb":
            run(url, *(f"ALTER TABLE {name} ENGINE=InnoDB" for name in reversed(TABLES)))
        leasing.install(url)
        yield url


def _expired(guest: Guest, master: int) -> bool:
    return guest.answer(lambda _: inside.mark_inactive(master, 600))


def _driver(url: str) -> str:
    return {"postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql"}.get(
        make_url(url).get_backend_name(), "sqlite"
    )


def _told(shown: object) -> str:
    return f"{shown:.2f} s" if isinstance(shown, float) else str(shown)


if __name__ == "__main__":
    main()
