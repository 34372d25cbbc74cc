"""``headwater doctor``: look whether everything that a master needs is well."""

from __future__ import annotations

import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import click
from msgspec import Struct

from headwater.blocking import Store
from headwater.cli.configuration import config_option, configuration_in
from headwater.cli.formats import format_option, show_json
from headwater.cli.tables import Cell, show_table
from headwater.cli.tomlfiles import FileError
from headwater.clock import boot_seconds, wall_milliseconds
from headwater.cluster.timing import Timing
from headwater.identity import headwater_version
from headwater.sources.kinds import kinds
from headwater.store import questions
from headwater.store.schema import VERSION, Kind

_STYLES = {"ok": "green", "look": "yellow", "bad": "red"}
_ROUND_TRIPS = 7
_SLOW = 100.0
"""Milliseconds of a round trip above which claims are felt to be slow."""
_CLOCKS_APART = 5_000
"""Milliseconds between two clocks above which times on screens mislead; claims do not depend on it."""


class Finding(Struct, kw_only=True):
    """
    What was looked at, and how it is.
    """

    what: str
    state: Literal["ok", "look", "bad"]
    detail: str


@click.command()
@config_option
@format_option
@click.pass_obj
def doctor(database: str, config: Path | None, format_: str) -> None:
    """
    Look at the database, the versions, the clocks, git and the configuration; ends with 1 if something is bad.
    """
    with Store(database) as store:
        findings = [*_of_the_database(store), *_of_this_host(config)]
    if format_ == "json":
        show_json(findings)
    else:
        show_table(["WHAT", "STATE", "DETAIL"], [_row(finding) for finding in findings])
    sys.exit(any(finding.state == "bad" for finding in findings))


def _row(finding: Finding) -> list[Cell]:
    return [finding.what, (finding.state, _STYLES[finding.state]), finding.detail]


def _of_the_database(store: Store) -> Iterator[Finding]:
    limits = store.database.limits
    pulse = store.ask(questions.pulse())
    yield Finding(what="database", state="ok", detail=f"{limits.shown}, {pulse.version.partition(' on ')[0]}")
    ours = limits.kind is Kind.HEADWATER
    yield Finding(what="tables", state="ok", detail=f"Headwater's, version {VERSION}" if ours else "Buildbot's")
    took = statistics.median(_round_trip(store) for _ in range(_ROUND_TRIPS))
    yield Finding(what="round trip", state="ok" if took < _SLOW else "look", detail=f"{took:.1f} ms")
    apart = wall_milliseconds() - store.ask(questions.pulse()).now
    detail = f"this host is {abs(apart)} ms {'ahead of' if apart > 0 else 'behind'} the database"
    yield Finding(what="clocks", state="ok" if abs(apart) < _CLOCKS_APART else "look", detail=detail)
    wrong = store.ask(questions.mismatches())
    agree = "claims and open history agree" if ours else "Buildbot's tables keep no history"
    detail = f"claims and history disagree for the sources {', '.join(map(str, wrong[:10]))}" if wrong else agree
    yield Finding(what="history", state="bad" if wrong else "ok", detail=detail)


def _of_this_host(config: Path | None) -> Iterator[Finding]:
    yield Finding(what="headwater", state="ok", detail=headwater_version())
    try:
        git = subprocess.run(["git", "--version"], capture_output=True, text=True, check=True).stdout.strip()  # noqa: S607
        yield Finding(what="git", state="ok", detail=git)
    except (OSError, subprocess.CalledProcessError):
        yield Finding(what="git", state="bad", detail="git is not installed: `headwater run` needs it")
    yield Finding(what="kinds", state="ok", detail=f"sources of these can be run here: {', '.join(sorted(kinds()))}")
    yield _of_the_configuration(config)
    usual = Timing()
    times = f"heartbeat {usual.heartbeat:g} s, lease {usual.lease:g} s, expiry {usual.expiry:g} s unless told otherwise"
    yield Finding(what="settings", state="ok", detail=times)


def _of_the_configuration(config: Path | None) -> Finding:
    try:
        found = configuration_in(config)
    except FileError as error:
        return Finding(what="configuration", state="bad", detail=str(error))
    names = ", ".join(found.names) or "none"
    detail = f"{config or 'no file'}: credentials {names}; folders {', '.join(map(str, found.roots))}"
    return Finding(what="configuration", state="ok", detail=detail)


def _round_trip(store: Store) -> float:
    start = boot_seconds()
    store.ask(questions.pulse())
    return (boot_seconds() - start) * 1000
