"""``headwater history``: who held a source, from when until when, and why it ended."""

from __future__ import annotations

from datetime import datetime

import click

from headwater.blocking import Store
from headwater.cli.formats import format_option, show_json
from headwater.cli.naming import source_called
from headwater.cli.tables import Cell, show_table
from headwater.cli.times import age
from headwater.store import notedclaims, questions
from headwater.store.notedclaims import NotedClaim
from headwater.store.schema import Kind
from headwater.values import PastClaim

HEAD = ["TOKEN", "HOLDER", "SINCE", "FOR", "ENDED"]


@click.command()
@click.argument("name")
@click.option("--most", type=click.IntRange(min=1), default=20, show_default=True, help="How many claims are shown.")
@format_option
@click.pass_obj
def history(database: str, name: str, most: int, format_: str) -> None:
    """
    List the claims of a source, the newest first.
    """
    with Store(database) as store:
        limits, source = store.database.limits, source_called(store, name)
        if limits.kind is not Kind.HEADWATER:
            noted = store.ask(notedclaims.past(limits, source, most=most))
            _show(noted, HEAD[1:], [_cells(claim) for claim in noted], format_)
            return
        past = store.ask(questions.history(limits, source, most=most))
    _show(past, HEAD, [row_of(claim) for claim in past], format_)


def row_of(claim: PastClaim) -> list[Cell]:
    """
    Return a claim as a row below `HEAD`.
    """
    return [str(claim.token), *_cells(claim)]


def _cells(claim: PastClaim | NotedClaim) -> list[Cell]:
    since = datetime.fromtimestamp(claim.since / 1000).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    lasted = "" if claim.until is None else age(claim.until - claim.since)
    is_held = claim.until is None and claim.why is None
    return [claim.master_name, since, lasted, ("held", "green") if is_held else claim.why or ""]


def _show(claims: object, head: list[str], rows: list[list[Cell]], format_: str) -> None:
    if format_ == "json":
        show_json(claims)
    else:
        show_table(head, rows)
