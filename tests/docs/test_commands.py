"""The page of commands has every command and every option, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from headwater.cli import cli

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")

SECTIONS = dict(re.findall(r"^## (headwater.*?)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
"""What the page says of each command."""

COMMANDS: dict[str, click.Command] = {
    "headwater": cli,
    **{f"headwater {name}": command for name, command in cli.commands.items()},
}


def listed(section: str) -> set[str]:
    """
    Return the options that the table of a section has in its first column.
    """
    cells = re.findall(r"^\| (`-.*?`) \|", section, re.MULTILINE)
    return {option for cell in cells for option in re.findall(r"(?<=`)--?[\w-]+", cell)}


def test_every_command_is_there() -> None:
    """
    The page has a section for each command, under its name.
    """
    assert set(COMMANDS) == set(SECTIONS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_there(name: str) -> None:
    """
    The section of a command has a row for each of its options; help is said once, for all.
    """
    command = COMMANDS[name]
    options = {
        option for parameter in command.params if isinstance(parameter, click.Option) for option in parameter.opts
    }
    helps = {"-h", "--help"} if command is cli else set()

    assert options | helps == listed(SECTIONS[name])


@pytest.mark.parametrize("name", COMMANDS)
def test_every_argument_is_there(name: str) -> None:
    """
    The section of a command names its arguments as its help does.
    """
    arguments = [parameter for parameter in COMMANDS[name].params if isinstance(parameter, click.Argument)]

    for argument in arguments:
        assert f"`{argument.metavar or argument.human_readable_name}`" in SECTIONS[name]


@pytest.mark.parametrize("name", COMMANDS)
def test_defaults_are_true(name: str) -> None:
    """
    A default that the page states is the one that the command has.
    """
    defaults = {
        option: str(parameter.default)
        for parameter in COMMANDS[name].params
        if isinstance(parameter, click.Option)
        for option in parameter.opts
    }
    stated = re.findall(r"^\| `(--[\w-]+).*? Default: `?([^ `]+?)`?\. \|$", SECTIONS[name], re.MULTILINE)

    assert stated == [(option, defaults[option]) for option, _ in stated]
