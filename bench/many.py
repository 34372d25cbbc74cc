"""
Very many repositories on two masters: checks per second, what they cost, and how late the latest one is.

    python -m bench.many [--sources 1000] [--poll 60] [--intervals 3] [--masters 2] [--dead 50] [--served] [--json FILE]

It is measured without and with sources on a host that accepts connections and never answers.
"""

from __future__ import annotations

import argparse
import json
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from shutil import copytree
from typing import Any

import msgspec

from bench import machine
from bench.databases import server
from bench.family import Crew, cpu_of_family
from bench.lateness import Lateness
from bench.pushes import Repository
from headwater import Store
from tests.sources.daemon import git_daemon

_COMMAND = str(Path(sys.executable).with_name("headwater"))
_SAMPLES = 1.0
"""Seconds between two looks at the conditions of all sources."""


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """
    What two masters did in some intervals.
    """

    what: str
    sources: int
    dead_sources: int
    masters: int
    interval: float
    seconds: float
    until_all_seen: float
    """Seconds from the start of the masters until each source that can be looked at was."""
    checks: int
    checks_per_second: float
    cpu_masters: list[float]
    """Cores that each master itself keeps busy."""
    cpu_git: list[float]
    """The same for the git processes of each."""
    most_in_flight: list[int]
    """Git processes that each master was seen to run at once; looked at ten times a second."""
    lateness: dict[str, float]
    """Seconds from when a check was due to when it was done: median, 99 of 100, worst."""
    overdue: int
    """Sources that were due for longer than ten seconds at the end."""
    states: dict[str, int]
    load: float


def _copies(folder: Path, count: int) -> None:
    original = Repository(folder / "0.git")
    original.push(20)
    (original.path / "git-daemon-export-ok").touch()
    for number in range(1, count):
        copytree(original.path, folder / f"{number}.git")


@contextmanager
def dead_host() -> Iterator[str]:
    """
    Yield the URL of a host that accepts connections and never answers.
    """
    with socket.create_server(("127.0.0.1", 0), backlog=1_000) as listening:
        # The kernel accepts them; nobody ever reads.
        yield f"git://127.0.0.1:{listening.getsockname()[1]}"


def _sources_file(path: Path, urls: dict[str, str], poll: float) -> None:
    tables = [f'[sources."{name}"]\nurl = "{url}"\n' for name, url in urls.items()]
    path.write_text(f"[defaults]\npoll = {poll:g}\n\n" + "\n".join(tables))


@contextmanager
def masters(database: str, folder: Path, count: int) -> Iterator[list[int]]:
    """
    Start masters, and yield their process ids.
    """
    with ExitStack() as stack:
        running = []
        for number in range(count):
            name = f"ci-{number}"
            command = [_COMMAND, "--database", database, "run", "--name", name, "--cache", str(folder / name)]
            log = stack.enter_context((folder / f"{name}.log").open("w"))
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            stack.callback(_end, process)
            running.append(process.pid)
        yield running


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def measure(database: str, folder: Path, *, live: dict[str, str], dead: dict[str, str], options: Any) -> Measured:
    """
    Have masters watch all of these, and look on for some intervals once each of the live ones has been seen.
    """
    folder.mkdir()
    _sources_file(folder / "sources.toml", live | dead, options.poll)
    apply = [_COMMAND, "--database", database, "apply", str(folder / "sources.toml"), "--yes"]
    subprocess.run(apply, check=True, stdout=subprocess.DEVNULL)
    with Store(database) as store, masters(database, folder, options.masters) as pids:
        ids = store.find(live)
        seen = Lateness(ids.values())
        began = time.monotonic()
        while not seen.all_seen:
            seen.look(store)
            time.sleep(_SAMPLES)
        until_all_seen = time.monotonic() - began
        # Only now: the first looks are not due at any time.
        time.sleep(options.poll)
        looked = _looked_on(store, pids, Lateness(ids.values()), options)
        states = store.conditions()
        return Measured(
            what=f"{len(dead)} sources on a dead host" if dead else "no dead host",
            sources=len(live),
            dead_sources=len(dead),
            masters=options.masters,
            interval=options.poll,
            until_all_seen=until_all_seen,
            states=_counted([states[id_].state if id_ in states else "unknown" for id_ in ids.values()]),
            load=machine.load(),
            **looked,
        )


def _looked_on(store: Store, pids: Sequence[int], lateness: Lateness, options: Any) -> dict[str, Any]:
    before = [cpu_of_family(pid) for pid in pids]
    with Crew(pids) as crew:
        own_before = crew.own()
        began = time.monotonic()
        while (seconds := time.monotonic() - began) < options.poll * options.intervals:
            lateness.look(store)
            time.sleep(_SAMPLES)
        own = [(now - then) / seconds for now, then in zip(crew.own(), own_before, strict=True)]
    whole = [(cpu_of_family(pid) - then) / seconds for pid, then in zip(pids, before, strict=True)]
    return {
        "seconds": seconds,
        "checks": lateness.checks,
        "checks_per_second": lateness.checks / seconds,
        "cpu_masters": own,
        "cpu_git": [all_ - own_ for all_, own_ in zip(whole, own, strict=True)],
        "most_in_flight": crew.most,
        "lateness": lateness.summary(),
        "overdue": lateness.overdue(store, 10),
    }


def _counted(states: Sequence[str]) -> dict[str, int]:
    return {state: states.count(state) for state in sorted(set(states))}


def main(arguments: Sequence[str] | None = None) -> None:
    """
    Measure without and with a dead host, and print a line of JSON for each.
    """
    parser = argparse.ArgumentParser(prog="python -m bench.many")
    parser.add_argument("--sources", type=int, default=1_000)
    parser.add_argument("--poll", type=float, default=60)
    parser.add_argument("--intervals", type=int, default=3)
    parser.add_argument("--masters", type=int, default=2)
    parser.add_argument("--dead", type=int, default=50)
    parser.add_argument("--served", action="store_true", help="By one git host in place of paths.")
    parser.add_argument("--only", choices=["with", "without"], default=None, help="Only with, or without, a dead host.")
    parser.add_argument("--json", type=Path, default=None, help="Where the results are kept.")
    options = parser.parse_args(arguments)
    results: list[Measured] = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="headwater-bench-")))
        running = stack.enter_context(server("postgresql"))
        (folder / "git").mkdir()
        _copies(folder / "git", options.sources)
        host = stack.enter_context(git_daemon(folder / "git")) if options.served else str(folder / "git")
        live = {f"live-{number}": f"{host}/{number}.git" for number in range(options.sources)}
        silent = stack.enter_context(dead_host())
        dead = {f"dead-{number}": f"{silent}/{number}.git" for number in range(options.dead)}
        for name, others in {"without": {}, "with": dead}.items():
            if options.only in {None, name}:
                database = running.create(f"many_{name}")
                results.append(measure(database, folder / name, live=live, dead=others, options=options))
                _say(results[-1])
    if options.json is not None:
        kept = {"machine": machine.facts(), "served": options.served, "results": results}
        options.json.write_bytes(msgspec.json.format(msgspec.json.encode(kept), indent=1) + b"\n")


def _say(measured: Measured) -> None:
    sys.stdout.write(json.dumps(_rounded(msgspec.to_builtins(measured))) + "\n")
    sys.stdout.flush()


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_rounded(one) for one in value]
    return round(value, 3) if isinstance(value, float) else value


if __name__ == "__main__":
    main()
