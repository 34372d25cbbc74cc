"""The table of the sources: a row for each, with what somebody who looks after them wants to see first."""

from __future__ import annotations

from collections.abc import Sequence

from headwater.cli.looks import state_cell
from headwater.cli.outlook import Scene, Shown
from headwater.cli.tables import Cell
from headwater.cli.times import ago, until

_HEAD = ["NAME", "STATE", "SINCE", "HOLDER", "SUCCESS", "NEXT", "REASON"]

_HEAD_OF_CLAIMS = ["NAME", "STATE", "HOLDER"]

_HEAD_OF_NOTES = ["NAME", "STATE", "SINCE", "HOLDER", "POLLED", "NEXT", "REASON"]


def table(scene: Scene, shown: Sequence[Shown]) -> tuple[list[str], list[list[Cell]]]:
    """
    Return the head and the rows; fewer columns for Buildbot's database, which has no more.
    """
    if scene.conditions and not scene.is_ours:
        return _HEAD_OF_NOTES, [_noted_row(one, scene.now) for one in shown]
    if not scene.is_ours:
        return _HEAD_OF_CLAIMS, [[one.name, state_cell(one.state), one.holder_name or ""] for one in shown]
    return _HEAD, [_row(one, scene.now) for one in shown]


def _noted_row(shown: Shown, now: int) -> list[Cell]:
    return [
        shown.name,
        state_cell(shown.state, is_in_doubt=bool(shown.next) and shown.state == "held"),
        ago(shown.since, now=now),
        shown.holder_name or "",
        ago(shown.checked_at, now=now),
        until(shown.next_at, now=now),
        "; ".join(part for part in (shown.reason, shown.next if shown.state == "held" else "") if part),
    ]


def _row(shown: Shown, now: int) -> list[Cell]:
    is_in_doubt = shown.state == "ok" and shown.holder is not None and bool(shown.next)
    return [
        shown.name,
        state_cell(shown.state, is_in_doubt=is_in_doubt),
        ago(shown.since, now=now),
        shown.holder_name or "",
        ago(shown.succeeded_at, now=now),
        until(shown.next_at or shown.paused_until, now=now),
        "; ".join(part for part in (shown.reason, shown.next) if part),
    ]
