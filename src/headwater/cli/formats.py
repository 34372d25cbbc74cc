"""The option ``--format``: tables for people, JSON for programs."""

from __future__ import annotations

import click
import msgspec

format_option = click.option(
    "--format",
    "format_",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="For people, or for programs.",
)


def show_json(value: object) -> None:
    """
    Print a value as JSON.
    """
    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())
