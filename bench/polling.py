"""
Polling side by side with Buildbot's GitPoller: how fast, at what cost, and what is lost, doubled or flooded.

    python -m bench.polling [--database postgresql|sqlite] [--rounds 3] [--commits 1000] [--checks 20] [--json FILE]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from bench import machine
from bench.databases import server
from bench.pollpage import page
from bench.pollresults import Comparison, Results, Round, compared
from bench.pollscenes import SCENES, Stage, Tally
from bench.pollsteering import PollWorker, WorkerFailedError, poller, recorded
from bench.pollworker import BUILDBOT, HEADWATER
from bench.pushes import Repository
from bench.traces import Traces
from tests.databases import Server
from tests.sources.daemon import git_daemon

_REPOSITORY = Path(__file__).parents[1]
_SIDES = (HEADWATER, BUILDBOT)
_OLD = 50
"""Commits that are there before anybody looks."""


class Ground:
    """
    Databases, folders and repositories, a fresh one of each whenever one is needed.
    """

    def __init__(self, running: Server, folder: Path) -> None:
        self._running = running
        self._folder = folder
        self._numbers = count(1)

    def database(self, side: str) -> str:
        """
        Make a database: Buildbot's with its tables, Headwater's as `headwater` itself finds it, empty.
        """
        url = self._running.create(f"polling_{next(self._numbers)}")
        if side == BUILDBOT:
            subprocess.run([sys.executable, "-m", "bench.schema", url], cwd=_REPOSITORY, check=True)
        return url

    def folder(self) -> Path:
        """
        Make a folder.
        """
        folder = self._folder / str(next(self._numbers))
        folder.mkdir()
        return folder

    @contextmanager
    def watched(
        self, side: str, repository: Repository, url: str | None = None, **options: Any
    ) -> Iterator[tuple[PollWorker, str]]:
        """
        Start a side that has seen a repository; yield it, and its database.
        """
        database, folder = self.database(side), self.folder()
        url = url or str(repository.path)
        with poller(side, database=database, folder=folder / "host", url=url, **options) as one:
            one.poll()
            yield one, database


def push(ground: Ground, side: str, commits: int) -> Round:
    """
    Push many commits; return what it took until all were recorded.
    """
    repository = Repository(ground.folder() / "repository.git")
    repository.push(_OLD)
    with ground.watched(side, repository) as (one, database):
        pushed = repository.push(commits)
        taken = one.poll()
    if recorded(side, database) != pushed:
        raise WorkerFailedError(f"{side} did not record the {commits} commits that were pushed, each once, in order")
    return Round(side=side, seconds=taken.seconds, cpu_own=taken.cpu_own, cpu_git=taken.cpu_git)


def checks(ground: Ground, side: str, times: int, *, served: bool) -> Round:
    """
    Look many times at a repository in which nothing moves; return what one look took.

    Args:
        ground: where.
        side: who.
        times: how often.
        served: whether a git daemon serves it, whose own work is not counted; else it is a path, and all is.
    """
    folder = ground.folder()
    repository = Repository(folder / "repository.git")
    repository.push(_OLD)
    (repository.path / "git-daemon-export-ok").touch()
    with git_daemon(folder) as host:
        url = f"{host}/repository.git" if served else None
        with ground.watched(side, repository, url) as (one, _):
            one.poll(3)
            taken = one.poll(times)
    return Round(side=side, seconds=taken.seconds / times, cpu_own=taken.cpu_own / times, cpu_git=taken.cpu_git / times)


def processes(ground: Ground, side: str, pushed: int | None) -> dict[str, int]:
    """
    Count the git processes of one poll, by their commands: of a push, or of a check in which nothing moved.
    """
    folder = ground.folder()
    traces = Traces(folder / "git")
    repository = Repository(folder / "repository.git")
    repository.push(_OLD)
    with ground.watched(side, repository, env=traces.env) as (one, _):
        if pushed is not None:
            repository.push(pushed)
        before = traces.names()
        one.poll()
        return traces.commands(since=before)


def in_turn(rounds: int, take: Callable[[str], Round], say: Callable[[str], None]) -> list[Comparison]:
    """
    Let both sides take turns, in one order in the first round, in the other in the second, and so on.
    """
    turns: list[Round] = []
    for number in range(rounds):
        for side in _SIDES if number % 2 == 0 else reversed(_SIDES):
            turns.append(take(side))
            say(f"round {number + 1}, {side}: {turns[-1].seconds:.3f} s, {turns[-1].cpu:.3f} s of CPU")
    return compared(turns, HEADWATER, BUILDBOT)


def measure(ground: Ground, options: argparse.Namespace) -> Results:
    """
    Measure all that was asked for.
    """
    load = machine.load()

    def say(what: str) -> None:
        sys.stderr.write(f"{what}\n")

    def comparisons(name: str, rounds: int, take: Callable[[str], Round]) -> list[Comparison]:
        say(name)
        return in_turn(rounds, take, say)

    scenes: dict[str, dict[str, Tally]] = {}
    for name, play in SCENES.items():
        for side in _SIDES:
            stage = Stage(side=side, database=partial(ground.database, side), folder=ground.folder())
            scenes.setdefault(name, {})[side] = play(stage)
            say(f"{name}, {side}: {scenes[name][side]}")
    many = options.commits
    return Results(
        machine=machine.facts(),
        database=options.database,
        commits=many,
        checks=options.checks,
        rounds=options.rounds,
        pushes=comparisons("push", options.rounds, lambda side: push(ground, side, many)),
        local_checks=comparisons(
            "check of a path", options.rounds, lambda side: checks(ground, side, options.checks, served=False)
        ),
        served_checks=comparisons(
            "check of a served one", options.rounds, lambda side: checks(ground, side, options.checks, served=True)
        ),
        check_processes={side: processes(ground, side, None) for side in _SIDES},
        push_processes={side: processes(ground, side, 100) for side in _SIDES},
        scenes=scenes,
        load_before=load,
        load_after=machine.load(),
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """
    Measure, print the tables as Markdown, and keep everything as JSON.
    """
    parser = argparse.ArgumentParser(prog="python -m bench.polling")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="postgresql")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--commits", type=int, default=1_000)
    parser.add_argument("--checks", type=int, default=20)
    parser.add_argument("--json", type=Path, default=None, help="Where the results are kept.")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="headwater-bench-") as folder, server(options.database) as running:
        results = measure(Ground(running, Path(folder)), options)
    if options.json is not None:
        options.json.write_bytes(results.as_json())
    sys.stdout.write(page(results))


if __name__ == "__main__":
    main()
