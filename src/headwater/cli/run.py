"""``headwater run``: be a master that watches repositories."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from headwater.aio import AsyncStore
from headwater.blocking import Store
from headwater.cli.configuration import Configuration, config_option, configuration_in
from headwater.cli.durations import SECONDS
from headwater.cli.others import Others
from headwater.cli.repositories import register
from headwater.cli.watching import Watching
from headwater.cluster.engine import Engine
from headwater.cluster.timing import Timing
from headwater.errors import WrongKindError
from headwater.identity import host
from headwater.running.runner import Runner
from headwater.sources.kinds import kinds
from headwater.sources.workplace import Workplace
from headwater.store.requests import Limits
from headwater.store.schema import Kind

_MUST_ANSWER_WITHIN = 30.0
"""Seconds after which a process that is stuck stops proving that it lives."""

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True)
class _Options:
    poll: float
    cache: Path
    name: str
    timing: Timing
    configuration: Configuration


@click.command()
@click.argument("repositories", nargs=-1, metavar="[PATH-OR-URL…]")
@click.option("--poll", type=SECONDS, default="10s", show_default=True, help="How often a new repository is looked at.")
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
@click.option("--statement", type=SECONDS, default="2s", show_default=True, help="How long one answer may take.")
@config_option
@click.pass_obj
def run(  # noqa: PLR0913 - click passes each option by its name
    database: str,
    *,
    repositories: tuple[str, ...],
    poll: float,
    cache: Path,
    name: str,
    heartbeat: float,
    lease: float,
    expiry: float,
    statement: float,
    config: Path | None,
) -> None:
    """
    Watch what is registered, and print each change as one line; repositories that are named are registered first.

    Started several times, on one host or many, with one database, it is a cluster: the masters share what is
    registered, and take over from one that dies. All need the same heartbeat, lease and expiry. Ctrl-C hands
    everything back.
    """
    timing = Timing(heartbeat=heartbeat, lease=lease, expiry=expiry, statement=statement)
    options = _Options(poll, cache, name, timing, configuration_in(config))
    # Cancelled by a signal that came before there was anything to hand back.
    with contextlib.suppress(asyncio.CancelledError), _logging(options.configuration):
        asyncio.run(_run(database, repositories, options))


@contextlib.contextmanager
def _logging(configuration: Configuration) -> Iterator[None]:
    """
    Have what is logged go to standard error, without anything secret.
    """
    handler = logging.StreamHandler()
    handler.setLevel(logging.WARNING)
    handler.addFilter(configuration.credentials.redactor)
    logging.getLogger().addHandler(handler)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(handler)


async def _run(database: str, repositories: tuple[str, ...], options: _Options) -> None:
    task = asyncio.current_task()
    assert task is not None  # noqa: S101 - a coroutine that runs has one
    _when_signalled(task.cancel)
    store = await asyncio.to_thread(Store, database, deadline=options.timing.statement)
    try:
        _refuse_buildbots(store.database.limits)
        named = await asyncio.to_thread(register, store, repositories, options.poll)
        watching = Watching(store, named, await asyncio.to_thread(store.pauses))
        others = Others(
            store,
            frozenset(watched.id for watched in named),
            command=_command(database, store),
            expiry=options.timing.expiry,
            say=watching.say,
        )
        await _watch(store, watching, others, options)
    finally:
        await asyncio.to_thread(store.close)


def _refuse_buildbots(limits: Limits) -> None:
    if limits.kind is Kind.BUILDBOT:
        problem = "is Buildbot's database, which has no place for changes: Buildbot's own masters run its sources"
        raise WrongKindError(limits.shown, f"{problem}, with Headwater's plugin if you like")


def _command(database: str, store: Store) -> list[str]:
    # A password may stand in the middle of the URL, or in its query.
    is_secret = "***" in store.database.limits.shown or "?" in database
    return ["headwater", "--database", "URL" if is_secret else database]


async def _watch(store: Store, watching: Watching, others: Others, options: _Options) -> None:
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    ours = options.configuration
    runner = Runner(
        AsyncStore(store.database),
        kinds=kinds(),
        workplace=Workplace(name="", cache=options.cache, credentials=ours.credentials, roots=ours.roots),
        listener=watching,
        limits=ours.limits,
    )
    engine = Engine(
        store,
        name=options.name,
        kinds=sorted(kinds()),
        timing=options.timing,
        on_gain=lambda claim: loop.call_soon_threadsafe(runner.begin, claim, engine),
        on_lose=lambda claim, why: loop.call_soon_threadsafe(runner.end, claim, why),
        must_answer_within=_MUST_ANSWER_WITHIN,
    )
    _when_signalled(ended.set)
    master = await asyncio.to_thread(engine.start)
    watching.begin(master)
    beside = [
        asyncio.create_task(runner.serve(engine)),
        asyncio.create_task(others.tell(lambda: engine.master)),
    ]
    waiting = asyncio.create_task(ended.wait())
    try:
        done, _ = await asyncio.wait([waiting, *beside], return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()  # only an error ends what goes on beside
    finally:
        for task in (waiting, *beside):
            task.cancel()
        await runner.stop()
        await asyncio.to_thread(engine.stop)
    watching.end()


def _when_signalled(act: Callable[[], object]) -> None:
    """
    Have the first Ctrl-C or SIGTERM do this, and nothing else; a second one ends the process at once.
    """
    loop = asyncio.get_running_loop()

    def once() -> None:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)
        act()

    for number in _SIGNALS:
        loop.add_signal_handler(number, once)
