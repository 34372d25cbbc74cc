"""The command ``python -m bench``: measure, or show again what was measured."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec
from msgspec.structs import replace
from rich.console import Console
from rich.progress import Progress

from bench import databases, machine, polling
from bench.cases import BUILDBOT, DRIVER, HEADWATER, HISTORY, STORE, Case, cases
from bench.orders import Ready
from bench.page import markdown
from bench.results import DatabaseResults, Report, Result
from bench.rounds import Rounds, Rules
from bench.screen import show
from bench.steering import SideFailedError, Worker, workers
from tests.databases import KINDS

SIDES = [HEADWATER, STORE, HISTORY, BUILDBOT, DRIVER]

_RESULTS = Path(__file__).parent / "results"
_QUICK_POLLING = ("--rounds", "1", "--commits", "100", "--checks", "3")


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--database", "kinds", multiple=True, type=click.Choice(list(KINDS)), help="Only this one; repeatable.")
@click.option("--case", "names", multiple=True, metavar="NAME", help="Only cases of this name; repeatable.")
@click.option(
    "--rounds", default=5, show_default=True, type=click.IntRange(min=1), help="How often each case is played."
)
@click.option("--quick", is_flag=True, help="Short turns and few sources: whether it works, not how fast it is.")
@click.option("--json", "file", type=click.Path(path_type=Path, dir_okay=False), help="Where the results are kept.")
@click.pass_context
def bench(  # noqa: PLR0913 - one for each option
    context: click.Context,
    kinds: tuple[str, ...],
    names: tuple[str, ...],
    rounds: int,
    *,
    quick: bool,
    file: Path | None,
) -> None:
    """
    Measure Headwater beside Buildbot's connector, the raw drivers and Buildbot's GitPoller, on every database there is.

    The GitPoller is left out if cases are named; its own options are those of `python -m bench.polling`.
    """
    if context.invoked_subcommand is not None:
        return
    rules = Rules(rounds=rounds, seconds=0.1 if quick else 0.5)
    chosen = [case for case in cases(quick=quick) if not names or case.name in names]
    now = datetime.now(UTC)
    file = file or _RESULTS / f"{now:%Y-%m-%dT%H%M%S}.json"
    measured = Report(f"{now:%Y-%m-%d}", rounds, quick, machine.facts(), ())
    for kind in databases.found(kinds or list(KINDS)):
        measured = replace(measured, databases=(*measured.databases, _measure(kind, chosen, rules)))
        # After each database: the next one may take long, or fail.
        _keep(measured, file)
    show(measured)
    click.echo(f"kept in {file}", err=True)
    polled = [kind for kind in ("postgresql", "sqlite") if kind in databases.found(kinds or list(KINDS))]
    if polled and not names:
        kept = file.with_name(f"{file.stem}-polling.json")
        polling.main(["--database", polled[0], "--json", str(kept), *(_QUICK_POLLING if quick else ())])
        click.echo(f"kept in {kept}", err=True)


@bench.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def report(file: Path) -> None:
    """
    Print what was measured as Markdown.
    """
    click.echo(markdown(msgspec.json.decode(file.read_bytes(), type=Report)))


def _measure(kind: str, chosen: list[Case], rules: Rules) -> DatabaseResults:
    sides = [side for side in SIDES if any(side in case.sides for case in chosen)]
    before = machine.load()
    with databases.server(kind) as server, workers(sides) as running:
        opened = _opened(kind, running, databases.databases(server, sides))
        results = _played(kind, chosen, running, rules)
    return DatabaseResults(
        kind=kind,
        version=KINDS[kind].version() or kind,
        settings=opened[sides[0]].settings,
        software={side: ready.software for side, ready in opened.items()},
        load_before=before,
        load_after=machine.load(),
        results=tuple(results),
    )


def _played(kind: str, chosen: list[Case], running: dict[str, Worker], rules: Rules) -> list[Result]:
    console = Console(stderr=True)
    results = []
    with Progress(console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(kind, total=len(chosen))
        rounds = Rounds(running, rules, lambda what: bar.update(task, description=what))
        for case in chosen:
            results.append(rounds.play(case))
            bar.advance(task)
            if not console.is_terminal:
                click.echo(f"{kind}: {case.key}", err=True)
    return results


def _opened(kind: str, running: dict[str, Worker], urls: dict[str, str]) -> dict[str, Ready]:
    opened = {side: worker.open(kind, urls[side]) for side, worker in running.items()}
    if len({tuple(ready.settings.items()) for ready in opened.values()}) != 1:
        settings = {side: ready.settings for side, ready in opened.items()}
        raise SideFailedError(f"a commit does not mean the same to all sides: {settings}")
    return opened


def _keep(report: Report, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=1) + b"\n")


if __name__ == "__main__":
    bench(prog_name="python -m bench")
