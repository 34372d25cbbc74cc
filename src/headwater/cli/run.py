"""``headwater run``: be a master that watches repositories."""

from __future__ import annotations

import asyncio
import signal
from dataclasses import dataclass
from pathlib import Path

import click

from headwater.aio import AsyncStore
from headwater.blocking import Store
from headwater.cli.durations import SECONDS
from headwater.cli.others import Others
from headwater.cli.repositories import register
from headwater.cli.watching import Watching, say
from headwater.cluster.engine import Engine
from headwater.cluster.timing import Timing
from headwater.identity import host
from headwater.runner import Runner
from headwater.sources.git import GitSource
from headwater.values import Watched

_MUST_ANSWER_WITHIN = 30.0
"""Seconds after which a process that is stuck stops proving that it lives."""

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True)
class _Options:
    poll: float
    cache: Path
    name: str
    timing: Timing


@click.command()
@click.argument("repositories", nargs=-1, required=True, metavar="PATH-OR-URL…")
@click.option("--poll", type=SECONDS, default="10s", show_default=True, help="How often each repository is looked at.")
@click.option(
    "--cache",
    type=click.Path(file_okay=False, path_type=Path),
    default=lambda: Path(click.get_app_dir("headwater")) / "cache",
    show_default="a folder of yours",
    help="Where commits are kept; may be deleted at any time.",
)
@click.option("--name", default=host, show_default="this host's", help="The given name of this master.")
@click.option("--heartbeat", type=SECONDS, default="2s", show_default=True, help="How often it proves to be alive.")
@click.option("--lease", type=SECONDS, default="7s", show_default=True, help="How long it acts without a proof.")
@click.option("--expiry", type=SECONDS, default="10s", show_default=True, help="When others are given up as dead.")
@click.pass_obj
def run(  # noqa: PLR0913, PLR0917 - click passes each option by its name
    database: str,
    repositories: tuple[str, ...],
    poll: float,
    cache: Path,
    name: str,
    heartbeat: float,
    lease: float,
    expiry: float,
) -> None:
    """
    Watch git repositories, and print each change as one line.

    Started several times, on one host or many, with one database, it is a cluster: the masters share what is
    registered, and take over from one that dies. All need the same heartbeat, lease and expiry. Ctrl-C hands
    everything back.
    """
    timing = Timing(heartbeat=heartbeat, lease=lease, expiry=expiry)
    asyncio.run(_run(database, repositories, _Options(poll, cache, name, timing)))


async def _run(database: str, repositories: tuple[str, ...], options: _Options) -> None:
    store = await asyncio.to_thread(Store, database)
    try:
        named = await asyncio.to_thread(register, store, repositories)
        others = Others(
            store,
            frozenset(watched.id for watched in named),
            command=_command(database, store),
            expiry=options.timing.expiry,
            say=say,
        )
        await _watch(store, Watching(store, named), others, options)
    finally:
        await asyncio.to_thread(store.close)


def _command(database: str, store: Store) -> list[str]:
    # A password may stand in the middle of the URL, or in its query.
    is_secret = "***" in store.database.limits.shown or "?" in database
    return ["headwater", "--database", "URL" if is_secret else database]


async def _watch(store: Store, watching: Watching, others: Others, options: _Options) -> None:
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()

    def make(watched: Watched) -> GitSource:
        return GitSource(watched.settings.url, cache=options.cache, name=watched.name)

    runner = Runner(AsyncStore(store.database), make=make, interval=options.poll, listener=watching)
    engine = Engine(
        store,
        name=options.name,
        kinds=["git"],
        timing=options.timing,
        on_gain=lambda claim: loop.call_soon_threadsafe(runner.begin, claim, engine),
        on_lose=lambda claim, why: loop.call_soon_threadsafe(runner.end, claim, why),
        must_answer_within=_MUST_ANSWER_WITHIN,
    )
    for number in _SIGNALS:
        loop.add_signal_handler(number, ended.set)
    master = await asyncio.to_thread(engine.start)
    watching.begin(master, options.poll)
    beside = [
        asyncio.create_task(runner.answer(engine)),
        asyncio.create_task(others.tell(lambda: engine.master)),
    ]
    try:
        await ended.wait()
    finally:
        # A second Ctrl-C ends the process at once.
        for number in _SIGNALS:
            loop.remove_signal_handler(number)
        for task in beside:
            task.cancel()
        await runner.stop()
        await asyncio.to_thread(engine.stop)
    watching.end()
