"""``headwater check``: have sources looked at now, told again from a commit on, or only counted."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from msgspec import Struct

from headwater.blocking import Store
from headwater.cli.configuration import config_option, configuration_in
from headwater.cli.dryrun import Trial, trial
from headwater.cli.formats import format_option, show_json
from headwater.cli.naming import brief_of, sources_called
from headwater.cli.screens import bold, count_words, counted, moved_words, printable, short_ref
from headwater.cli.waiting import Checked, checked, wait_for_check
from headwater.errors import HeadwaterError, UnknownChangeSourceError
from headwater.values import INJECT


class NothingToCheckError(HeadwaterError):
    """
    A source is such that nobody ever looks at it.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return f"nobody looks at {self.name}: its changes are given to `headwater inject`"


class Tried(Struct, kw_only=True):
    """
    What would be told of a source, as programs get it.
    """

    name: str
    trial: Trial


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME…")
@click.option("--from", "from_", metavar="REV", help="Tell again all commits from this one on, it included.")
@click.option("--dry-run", is_flag=True, help="Look from here, and only count what would be told.")
@click.option("--wait", is_flag=True, help="Wait until it is done; end with 1 if it failed.")
@config_option
@format_option
@click.pass_obj
def check(  # noqa: PLR0913 - click passes each option by its name
    database: str,
    *,
    names: tuple[str, ...],
    from_: str | None,
    dry_run: bool,
    wait: bool,
    config: Path | None,
    format_: str,
) -> None:
    """
    Have sources looked at now, by whoever runs them.

    A check comes before the polls that are due, and also when a source rests after failures.
    """
    as_json = format_ == "json"
    with Store(database) as store:
        if dry_run:
            _show_trials(_trials(store, names, config, from_), as_json=as_json)
            return
        asked = _asked(store, names, from_)
        if wait:
            found = [wait_for_check(store, *one, is_again=from_ is not None) for one in asked]
        else:
            found = [checked(store, *one) for one in asked]
    if as_json:
        show_json(found)
    for one in () if as_json else found:
        if wait and one.problem:
            click.echo(f"headwater: {printable(one.name)}: {printable(one.problem)}", err=True)
        else:
            click.echo(_line(one))
    sys.exit(any(one.problem for one in found) if wait else 0)


def _asked(store: Store, names: tuple[str, ...], from_: str | None) -> list[tuple[int, str, int]]:
    ids = sources_called(store, dict.fromkeys(names))
    for name in ids:
        if brief_of(store, name)[1].settings.kind == INJECT:
            raise NothingToCheckError(name)
    numbers = store.ask_check(ids.values(), from_=from_)
    for name, id_ in ids.items():
        if id_ not in numbers:
            raise UnknownChangeSourceError(name)
    return [(id_, name, numbers[id_]) for name, id_ in ids.items()]


def _line(checked: Checked) -> str:
    name = bold(checked.name)
    if checked.is_done:
        return f"{name} is {checked.source.state}, looked at just now"
    if checked.problem:
        return f"{name} is looked at once somebody runs it; for now {printable(checked.problem)}"
    who = checked.source.holder_name or "the master that claims it next"
    return f"{name} is looked at within seconds by {printable(who)}"


def _trials(store: Store, names: tuple[str, ...], config: Path | None, from_: str | None) -> list[Tried]:
    configuration = configuration_in(config)
    briefs = [brief_of(store, name)[1] for name in dict.fromkeys(names)]
    return [Tried(name=brief.name, trial=trial(brief, configuration, from_=from_)) for brief in briefs]


def _show_trials(tried: list[Tried], *, as_json: bool) -> None:
    if as_json:
        show_json(tried)
        return
    for one in tried:
        for change in one.trial.changes:
            brought = count_words(change.commit_count, change)
            click.echo(f"{bold(one.name)}  {short_ref(change.ref)}  {moved_words(change)}  {brought}")
        click.echo(f"{bold(one.name)}: {_summary(one.trial)}; nothing was recorded", err=True)


def _summary(trial: Trial) -> str:
    if trial.is_first:
        return f"nobody has looked yet: {counted(trial.refs, 'ref')} would be no news"
    if not trial.changes:
        return f"nothing has moved on {counted(trial.refs, 'ref')}"
    commits = counted(sum(change.commit_count for change in trial.changes), "commit")
    return f"{counted(len(trial.changes), 'change')} with {commits} would be told"
