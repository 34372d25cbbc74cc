"""``headwater run``: be a master that watches repositories."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import click

from headwater.aio import AsyncStore
from headwater.blocking import Store
from headwater.cli.durations import SECONDS
from headwater.cli.repositories import register
from headwater.cli.watching import Watching
from headwater.cluster.engine import Engine
from headwater.errors import HeadwaterError
from headwater.identity import host
from headwater.runner import Runner
from headwater.sources.git import GitSource
from headwater.values import Watched

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


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
@click.pass_obj
def run(database: str, repositories: tuple[str, ...], poll: float, cache: Path, name: str) -> None:
    """
    Watch git repositories, and print each change as one line.

    Claims what is free of all that is registered and that this host can see; hands everything back on Ctrl-C.
    """
    asyncio.run(_run(database, repositories, poll=poll, cache=cache, name=name))


async def _run(database: str, repositories: tuple[str, ...], *, poll: float, cache: Path, name: str) -> None:
    store = await asyncio.to_thread(Store, database)
    try:
        named = await asyncio.to_thread(register, store, repositories)
        watching = Watching(store, named, command=_command(database, store))
        await _watch(store, watching, poll=poll, cache=cache, name=name)
    finally:
        await asyncio.to_thread(store.close)


def _command(database: str, store: Store) -> list[str]:
    # A password may stand in the middle of the URL, or in its query.
    is_secret = "***" in store.database.limits.shown or "?" in database
    return ["headwater", "--database", "URL" if is_secret else database]


async def _watch(store: Store, watching: Watching, *, poll: float, cache: Path, name: str) -> None:
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[str | None] = loop.create_future()

    def end(reason: str | None) -> None:
        if not ended.done():
            ended.set_result(reason)

    def make(watched: Watched) -> GitSource:
        return GitSource(watched.settings.url, cache=cache, name=watched.name)

    runner = Runner(
        AsyncStore(store.database),
        make=make,
        interval=poll,
        listener=watching,
        on_lost=lambda claim: engine.lost(claim),  # noqa: PLW0108 - the engine is made below
    )
    engine = Engine(
        store,
        name=name,
        kinds=["git"],
        on_gain=lambda claim: loop.call_soon_threadsafe(runner.begin, claim),
        on_end=lambda reason: loop.call_soon_threadsafe(end, reason),
    )
    for number in _SIGNALS:
        loop.add_signal_handler(number, end, None)
    master = await asyncio.to_thread(engine.start)
    watching.begin(master, poll)
    tell_of_others = asyncio.create_task(watching.tell_of_others(master))
    try:
        reason = await ended
    finally:
        # A second Ctrl-C ends the process at once.
        for number in _SIGNALS:
            loop.remove_signal_handler(number)
        tell_of_others.cancel()
        await runner.stop()
        await asyncio.to_thread(engine.stop)
    watching.end()
    if reason is not None:
        raise HeadwaterError(reason)
