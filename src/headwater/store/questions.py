"""What people ask of the registry: how claims stand, what became of them, whether the database is well."""

from __future__ import annotations

from headwater.store import latest as newest
from headwater.store import overview
from headwater.store.overview import Attendance
from headwater.store.performer import Verb
from headwater.store.requests import Limits, Part, Request, only, ours
from headwater.values import Change, PastClaim, Pulse, Standing

ATTENDANCE = Verb(overview.attendance, "lists")
STANDINGS = Verb(overview.standings, "lists")
HISTORY = Verb(overview.history, "lists")
PULSE = Verb(overview.pulse, "reads")
MISMATCHES = Verb(overview.mismatches, "lists")
LATEST = Verb(newest.latest, "lists")


def attendance() -> Request[Attendance]:
    return Request(ATTENDANCE, [Part(None)], only)


def standings() -> Request[list[Standing]]:
    return Request(STANDINGS, [Part(None)], only)


def history(limits: Limits, source: int, *, most: int) -> Request[list[PastClaim]]:
    return Request(ours(limits, HISTORY), [Part((source, most))], only)


def pulse() -> Request[Pulse]:
    return Request(PULSE, [Part(None)], only)


def mismatches() -> Request[list[int]]:
    return Request(MISMATCHES, [Part(None)], only)


def latest(limits: Limits, source: int, *, most: int) -> Request[list[Change]]:
    return Request(ours(limits, LATEST), [Part((source, most))], only)
