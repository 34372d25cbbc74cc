"""Long trials with real Buildbot masters: ``python -m tests.buildbot.trials TRIAL``."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import NamedTuple

from sqlalchemy import create_engine, make_url

from headwater.clock import boot_seconds
from headwater.store import inside, leasing, verbs
from headwater.store.guest import Guest
from tests.buildbot.createmaster import TABLES, create_master
from tests.buildbot.gitscenes import commit_is_one_change, somewhere, two_with_git
from tests.buildbot.masters import LINE, Config
from tests.buildbot.pauses import midway, pause
from tests.buildbot.results import Judge, Result, said, says, summary, within, without_delay
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

_FEW = 10

_POLLS = "the other one polls after"


def start(url: str, _: Server, folder: Path) -> str:
    """
    Start two, then three masters with 100 pollers each at the same instant, and count what runs twice.
    """
    shown = []
    for count in (2, 3):
        forget(url)
        with alike(folder / str(count), count, Config(url=url, sources=POLLERS)) as those:
            began = monotonic()
            running = start_all(those)
            took = monotonic() - began
            all_polled(those, running + 1, POLLERS)
            twice = set(polled_twice(those, 0)) | set(overlaps(those))
            shares = sorted(list(claims(url).values()).count(master.name) for master in those)
        shown.append(f"{count} masters: {len(twice)} of {POLLERS} twice, shares {shares}, started in {took:.1f} s")
    return "; ".join(shown)


def line(url: str, _: Server, folder: Path) -> Result:
    """
    Start a master with the line, twice without it, and with it again, and return after how many seconds each runs.
    """
    took: dict[str, list[float]] = {"with": [], "without": []}
    for number, how in enumerate(("with", "without", "without", "with")):
        text = LINE.format(arguments="") if how == "with" else None
        forget(url)
        with alike(folder / str(number), 1, Config(url=url, sources=_FEW, line=text)) as (master,):
            began = monotonic()
            master.start()
            took[how].append(master.wait_until_running() - began)
    return took


def kill(url: str, _: Server, folder: Path) -> Result:
    """
    Kill the holder of a GitPoller, and return after how many seconds the other one polls.
    """
    with two_with_git(url, folder) as (one, two):
        sleep(somewhere())
        killed = boot_seconds()
        one.kill()
        took = first_poll(two, killed) - killed
        commit_is_one_change(url, folder)
    return {_POLLS: [took]}


def stop(url: str, _: Server, folder: Path) -> Result:
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
    return {_POLLS: [took]}


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
    counts = []
    with ThreadPoolExecutor(2) as threads:
        for _ in range(300):
            run(url, "UPDATE masters SET active = 1, last_active = 1 WHERE name = 'dead'")
            counts.append(sum(threads.map(lambda guest: _expired(guest, int(str(dead))), guests)))
    for guest in guests:
        guest.close()
    return f"exactly one in {counts.count(1)} of {len(counts)}"


class Trial(NamedTuple):
    """
    What is done, and what must come of all runs of it.
    """

    do: Callable[[str, Server, Path], Result]
    judge: Judge
    runs: int = 1


TRIALS = {
    "start": Trial(start, says(r"2 masters: 0 of \d+ twice.*3 masters: 0 of \d+ twice")),
    "line": Trial(line, without_delay, runs=5),
    "kill": Trial(kill, within(20)),
    "stop": Trial(stop, within(2)),
    "pause": Trial(pause, says("^0 polls begun")),
    "midway": Trial(midway, says("^0 polls begun")),
    "outage": Trial(outage, says("^0 sources polled twice after it, 3 of 3 masters active")),
    "expire": Trial(expire, says("exactly one in 300 of 300")),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Run trials, and say what they showed; 1 if that is not what must come of them.
    """
    parser = argparse.ArgumentParser(prog="python -m tests.buildbot.trials", description=__doc__)
    parser.add_argument("trial", choices=TRIALS)
    parser.add_argument("--runs", type=int, help="how often; if left out, as often as the trial needs")
    parser.add_argument("--database", choices=list(KINDS), default="postgresql")
    chosen = parser.parse_args(arguments)
    name, trial = chosen.trial, TRIALS[chosen.trial]
    server = KINDS[chosen.database].start()
    try:
        shown = [_shown(f"{name} {number + 1}", trial, server) for number in range(chosen.runs or trial.runs)]
    finally:
        server.stop()
    for sentence in summary(shown):
        _print(f"{name}: {sentence}")
    is_right = all(result is not None for result in shown) and trial.judge([one for one in shown if one is not None])
    _print(f"{name}: {'as it must be' if is_right else 'NOT as it must be'}")
    return 0 if is_right else 1


def _shown(title: str, trial: Trial, server: Server) -> Result | None:
    """
    Run a trial once and tell what it showed; None if something in it was not as it must be.
    """
    try:
        with tempfile.TemporaryDirectory() as folder, _made(server, Path(folder)) as url:
            result = trial.do(url, server, Path(folder))
    except AssertionError as error:
        _print(f"{title}: NOT as it must be: {error!r}")
        return None
    _print(f"{title}: {said(result)}")
    return result


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


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


if __name__ == "__main__":
    sys.exit(main())
