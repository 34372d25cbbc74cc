"""The command ``headwater``: options that all commands share, and how errors leave."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence

import click

from headwater.cli.add import add
from headwater.cli.apply import apply
from headwater.cli.buildbot import buildbot
from headwater.cli.changes import changes
from headwater.cli.check import check
from headwater.cli.doctor import doctor
from headwater.cli.drain import drain
from headwater.cli.history import history
from headwater.cli.inject import inject
from headwater.cli.masters import masters
from headwater.cli.pause import pause, resume
from headwater.cli.release import release
from headwater.cli.rm import rm
from headwater.cli.run import run
from headwater.cli.set import set_
from headwater.cli.show import show
from headwater.cli.sources import sources
from headwater.cli.upgrade import upgrade
from headwater.errors import HeadwaterError, UnknownChangeSourceError
from headwater.identity import headwater_version

_FAILED, _WRONG_USAGE, _NOT_FOUND = 1, 2, 3


class NoTextError(HeadwaterError, ValueError):
    """
    An argument holds bytes that are no text.
    """

    def __str__(self) -> str:
        return "an argument is not in UTF-8: no database could hold it"


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


_COMMANDS = (
    *(run, changes, sources, show, check),
    *(add, set_, rm, pause, resume, apply, inject),
    *(masters, history, release, drain, upgrade, doctor, buildbot),
)

for command in _COMMANDS:
    cli.add_command(command)


def main() -> None:
    """
    Run a command and exit: 0 ok, 1 failed, 2 wrong usage, 3 not found. An error is one sentence.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a commit may have letters that the terminal has not
    try:
        _refuse_bytes(sys.argv)
        cli(prog_name="headwater")
    except NoTextError as error:
        _leave(error, _WRONG_USAGE)
    except UnknownChangeSourceError as error:
        _leave(error, _NOT_FOUND)
    except HeadwaterError as error:
        _leave(error, _FAILED)


def _refuse_bytes(arguments: Sequence[str]) -> None:
    try:
        "".join(arguments).encode()
    except UnicodeEncodeError as error:
        raise NoTextError from error


def _leave(error: HeadwaterError, status: int) -> None:
    click.echo(f"headwater: {error}", err=True)
    sys.exit(status)
