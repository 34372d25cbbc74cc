"""Ask before something is done that cannot be undone."""

from __future__ import annotations

import sys

import click

from headwater.errors import HeadwaterError

yes_option = click.option("--yes", is_flag=True, help="Do not ask.")


class NotConfirmedError(HeadwaterError):
    """
    Nobody was there to say yes.
    """

    def __str__(self) -> str:
        return "nothing was done: nobody is there to be asked, so say --yes"


def confirm(question: str, *, yes: bool) -> bool:
    """
    Return whether it is to be done: ask on a terminal; elsewhere only `--yes` counts.

    Raises:
        NotConfirmedError: nobody can be asked.
    """
    if yes:
        return True
    if not sys.stdin.isatty():
        raise NotConfirmedError
    return click.confirm(question, err=True)
