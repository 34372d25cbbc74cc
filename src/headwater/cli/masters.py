"""``headwater masters``: who is there, who seems to be gone, and what each holds."""

from __future__ import annotations

from collections import Counter
from typing import Literal

import click
from msgspec import Struct

from headwater.blocking import Store
from headwater.cli.formats import format_option, show_json
from headwater.cli.liveness import is_silent
from headwater.cli.tables import Cell, show_table
from headwater.cli.times import age, ago
from headwater.store import questions
from headwater.store.overview import Attendance
from headwater.store.schema import Kind
from headwater.values import Master

State = Literal["active", "draining", "silent", "inactive"]

_STYLES = {"active": "green", "draining": "yellow", "silent": "red", "inactive": "bright_black"}
_HEAD = ["MASTER", "ID", "STATE", "HOLDS", "HEARD", "SINCE", "HOST", "PID", "VERSION"]


class Shown(Struct, kw_only=True):
    """
    A master as programs get it.
    """

    id: int
    name: str
    given_name: str | None
    state: State
    holds: int
    since: int | None
    last_active: int
    silent_ms: int | None
    host: str | None
    pid: int | None
    version: str | None
    lease: Literal["runs", "ran out"] | None
    """Of a Buildbot master with the plugin; null for any other."""


@click.command()
@click.option("--all", "show_all", is_flag=True, help="The inactive too.")
@format_option
@click.pass_obj
def masters(database: str, show_all: bool, format_: str) -> None:  # noqa: FBT001 - click passes flags so
    """
    List the masters: active, draining, silent (no heartbeat, or its process is gone), or inactive.
    """
    with Store(database) as store:
        holds = Counter(standing.holder for standing in store.ask(questions.standings()))
        now = store.ask(questions.pulse()).now
        is_buildbots = store.database.limits.kind is Kind.BUILDBOT
        attendance = store.ask(questions.attendance())
        shown = [
            _shown(master, holds[master.id], attendance, is_buildbots=is_buildbots)
            for master in store.masters()
            if master.active or show_all
        ]
    if format_ == "json":
        show_json(shown)
    else:
        show_table(_HEAD, [_row(master, now) for master in shown])


def state_of(master: Master, attendance: Attendance) -> State:
    """
    Tell how a master is, in one word.
    """
    if not master.active:
        return "inactive"
    if is_silent(master):
        return "silent"
    return "draining" if master.given_name in attendance.drains else "active"


def _shown(master: Master, holds: int, attendance: Attendance, *, is_buildbots: bool) -> Shown:
    return Shown(
        id=master.id,
        name=master.name,
        given_name=master.given_name,
        state=state_of(master, attendance),
        holds=holds,
        since=attendance.joined.get(master.id),
        last_active=master.last_active,
        silent_ms=master.silent_ms,
        host=master.host,
        pid=master.pid,
        version=master.version,
        lease=_lease(master) if is_buildbots else None,
    )


def _lease(master: Master) -> Literal["runs", "ran out"] | None:
    if master.silent_ms is None:
        return None
    return "runs" if master.active and not is_silent(master) else "ran out"


def _row(master: Shown, now: int) -> list[Cell]:
    silent = now - master.last_active * 1000 if master.silent_ms is None else master.silent_ms
    return [
        master.name,
        str(master.id),
        (master.state, _STYLES[master.state]),
        str(master.holds),
        f"{age(silent)} ago",
        ago(master.since, now=now),
        master.host or "",
        str(master.pid or ""),
        master.version or "",
    ]
