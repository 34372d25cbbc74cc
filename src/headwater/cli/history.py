"""``headwater history``: who held a source, from when until when, and why it ended."""

from __future__ import annotations

from datetime import datetime

import click

from headwater.blocking import Store
from headwater.cli.formats import format_option, show_json
from headwater.cli.naming import source_called
from headwater.cli.tables import Cell, show_table
from headwater.cli.times import age
from headwater.store import questions
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
        past = store.ask(questions.history(store.database.limits, source_called(store, name), most=most))
    if format_ == "json":
        show_json(past)
    else:
        show_table(HEAD, [row_of(claim) for claim in past])


def row_of(claim: PastClaim) -> list[Cell]:
    """
    Return a claim as a row below `HEAD`.
    """
    since = datetime.fromtimestamp(claim.since / 1000).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    if claim.until is None:
        return [str(claim.token), claim.master_name, since, "", ("held", "green")]
    return [str(claim.token), claim.master_name, since, age(claim.until - claim.since), claim.why or ""]
