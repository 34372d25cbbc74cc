"""The command ``headwater``: options that all commands share, and how errors leave."""

from __future__ import annotations

import io
import sys

import click

from headwater.cli.changes import changes
from headwater.cli.doctor import doctor
from headwater.cli.drain import drain
from headwater.cli.history import history
from headwater.cli.masters import masters
from headwater.cli.release import release
from headwater.cli.run import run
from headwater.cli.sources import sources
from headwater.cli.upgrade import upgrade
from headwater.errors import HeadwaterError, UnknownChangeSourceError
from headwater.identity import headwater_version

_FAILED, _NOT_FOUND = 1, 3


@click.group(context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "HEADWATER"})
@click.version_option(headwater_version(), prog_name="headwater")
@click.option(
    "--database",
    metavar="URL",
    default="sqlite:///headwater.db",
    show_default=True,
    show_envvar=True,
    help="The registry: sqlite:///FILE, postgresql://… or mysql://…",
)
@click.pass_context
def cli(context: click.Context, database: str) -> None:
    """
    Watch repositories: each by exactly one live master.
    """
    context.obj = database


for command in (run, changes, sources, masters, history, release, drain, upgrade, doctor):
    cli.add_command(command)


def main() -> None:
    """
    Run a command and exit: 0 ok, 1 failed, 2 wrong usage, 3 not found. An error is one sentence.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a commit may have letters that the terminal has not
    try:
        cli(prog_name="headwater")
    except UnknownChangeSourceError as error:
        _leave(error, _NOT_FOUND)
    except HeadwaterError as error:
        _leave(error, _FAILED)


def _leave(error: HeadwaterError, status: int) -> None:
    click.echo(f"headwater: {error}", err=True)
    sys.exit(status)
