"""``headwater show``: all that is known of one source."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import click
from msgspec import Struct

from headwater.blocking import Store
from headwater.cli.closeup import CloseUp, close_up
from headwater.cli.formats import format_option, show_json
from headwater.cli.history import HEAD, row_of
from headwater.cli.looks import state_cell
from headwater.cli.naming import source_called
from headwater.cli.outlook import Shown
from headwater.cli.screens import change_line, printable
from headwater.cli.settingkeys import FORMS, shown
from headwater.cli.tables import show_table
from headwater.cli.times import ago, moment, until
from headwater.store import questions
from headwater.values import Change, PastClaim, Settings

_REFS_SHOWN = 20


class Whole(Struct, kw_only=True):
    """
    A source and what is known of it, as programs get it.
    """

    source: Shown
    settings: Settings | None
    refs: Mapping[str, str] | None
    """Its position; null before the first sight."""
    claims: list[PastClaim]
    """The newest ones, the newest first."""
    changes: list[Change]
    """The newest ones, the newest first; of the commits of each, only the newest."""


@click.command()
@click.argument("name", metavar="NAME")
@click.option("--most", type=click.IntRange(min=1), default=5, show_default=True, help="How many claims and changes.")
@format_option
@click.pass_obj
def show(database: str, name: str, most: int, format_: str) -> None:
    """
    Show how a source fares, its settings, its refs, its newest claims and changes.
    """
    with Store(database) as store:
        id_ = source_called(store, name)
        near = close_up(store, id_, name, claims=max(most, 2))
        changes = store.ask(questions.latest(store.database.limits, id_, most=most))
        now = store.ask(questions.pulse()).now
    if format_ == "json":
        settings = None if near.brief is None else near.brief.settings
        show_json(Whole(source=near.source, settings=settings, refs=near.refs, claims=near.claims, changes=changes))
        return
    _show(near, changes, now=now, most=most)


def _show(near: CloseUp, changes: list[Change], *, now: int, most: int) -> None:
    _section(printable(near.source.name), _condition(near.source, now))
    if near.brief is not None:
        _section("settings", [(key, shown(key, getattr(near.brief.settings, key))) for key in FORMS])
    click.echo(click.style("refs", bold=True))
    _show_refs(near.refs)
    click.echo(click.style("claims", bold=True))
    show_table(HEAD, [row_of(claim) for claim in near.claims[:most]])
    click.echo(click.style("changes", bold=True))
    for change in changes:
        click.echo(change_line(change))


def _section(title: str, pairs: Iterable[tuple[str, str]]) -> None:
    click.echo(click.style(title, bold=True))
    for key, value in pairs:
        click.echo(f"  {key:<13} {value}")


def _condition(source: Shown, now: int) -> Iterator[tuple[str, str]]:
    state, style = state_cell(source.state)
    since = f" since {moment(source.since, now=now)}" if source.since else ""
    yield "state", click.style(state, fg=style) + since
    if source.reason:
        yield "reason", printable(source.reason)
    if source.attempts:
        yield "attempts", f"{source.attempts} in a row failed"
    if source.holder_name:
        yield "holder", f"{source.holder_name} since {moment(source.claimed_at or now, now=now)}"
    for key, then in (("looked at", source.checked_at), ("last success", source.succeeded_at)):
        if then is not None:
            yield key, ago(then, now=now)
    if source.next_at is not None:
        yield "next", until(source.next_at, now=now)
    if source.next:
        yield "what follows", printable(source.next)


def _show_refs(refs: Mapping[str, str] | None) -> None:
    if refs is None:
        click.echo("  nobody has looked yet")
        return
    show_table(["REF", "ID"], [[ref, refs[ref]] for ref in sorted(refs)[:_REFS_SHOWN]])
    if len(refs) > _REFS_SHOWN:
        click.echo(f"  and {len(refs) - _REFS_SHOWN} more; --format json has them all")
