"""What is asked about what is watched: edit it, pause it, have it checked, and how its polls go."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from headwater.errors import UnknownChangeSourceError
from headwater.store import checks, conditions, editing, edits, feed, pausing, pruning
from headwater.store.arguments import checked_count, checked_id, checked_name, checked_text, possible
from headwater.store.checks import Asked
from headwater.store.editing import Edit
from headwater.store.pausing import Pausing
from headwater.store.performer import Verb
from headwater.store.pruning import Nobodys
from headwater.store.requests import Limits, Part, Request, concatenated, joined, only, ours, slices
from headwater.values import Brief, Condition, Edited, Pause, Report, Settings

EDIT = Verb(editing.edit, "writes")
PAUSE = Verb(pausing.pause, "writes")
RESUME = Verb(pausing.resume, "writes")
ASK_CHECK = Verb(checks.ask_check, "writes")
EDITED = Verb(edits.edited, "reads")
BRIEF = Verb(checks.brief, "reads")
REPORT = Verb(conditions.report, "records")
CONDITION = Verb(conditions.find, "reads")
CONDITIONS = Verb(conditions.list_, "lists")
PAUSES = Verb(pausing.pauses, "lists")
PRUNE = Verb(pruning.prune, "lists")
NOBODYS = Verb(pruning.nobodys, "lists")
OLDEST = Verb(feed.oldest, "reads")

_KIND_BYTES = 64


def edit(
    limits: Limits,
    *,
    add: Mapping[str, Settings],
    change: Mapping[int, tuple[str, Settings]],
    remove: Iterable[int],
    seen: Mapping[int, tuple[str, Settings]],
) -> Request[dict[str, int]]:
    gone = _possible(remove)
    for id_ in change:
        if not possible(checked_id(id_, "source")):
            raise UnknownChangeSourceError(id_)
    if both := set(change).intersection(gone):
        raise ValueError(f"change source {min(both)} cannot be both changed and removed")
    if others := set(seen).difference(change, gone):
        raise ValueError(f"change source {min(others)} is not edited: what was seen of it does not matter")
    wanted = [*add.items(), *change.values()]
    names = [checked_name(name, at_most=limits.name_bytes) for name, _ in wanted]
    if twice := {name for name in names if names.count(name) > 1} if len(set(names)) < len(names) else set():
        raise ValueError(f"two change sources cannot both be called {min(twice)!r}")
    for _, settings in wanted:
        check_settings(limits, settings)
    verb = ours(limits, EDIT)
    if not wanted and not gone:
        return Request.answered({})
    return Request(verb, [Part(Edit(dict(add), dict(change), tuple(gone), dict(seen)))], only)


def pause(limits: Limits, ids: Iterable[int], *, why: str, by: str, seconds: float | None) -> Request[list[int]]:
    checked_text(why, "reason")
    checked_text(by, "name")
    if seconds is not None and not 0 < seconds < math.inf:
        raise ValueError(f"a pause lasts for more than 0 s, not {seconds:g} s")
    milliseconds = None if seconds is None else math.ceil(seconds * 1000)
    parts = [
        Part(Pausing(tuple(slice_), why, by, milliseconds), keys=slice_, weight=len(slice_))
        for slice_ in slices(_known(ids))
    ]
    return Request(ours(limits, PAUSE), parts, concatenated)


def resume(limits: Limits, ids: Iterable[int]) -> Request[list[int]]:
    parts = [Part(tuple(slice_), keys=slice_, weight=len(slice_)) for slice_ in slices(_known(ids))]
    return Request(ours(limits, RESUME), parts, concatenated)


def ask_check(limits: Limits, ids: Iterable[int], *, from_: str | None) -> Request[dict[int, int]]:
    if from_ is not None:
        checked_text(from_, "revision")
    parts = [Part(Asked(tuple(slice_), from_), keys=slice_, weight=len(slice_)) for slice_ in slices(_known(ids))]
    return Request(ours(limits, ASK_CHECK), parts, joined)


def edited(limits: Limits, after: int) -> Request[Edited]:
    return Request(ours(limits, EDITED), [Part(checked_count(after, "after", least=-1))], only)


def brief(limits: Limits, source: int) -> Request[Brief | None]:
    verb = ours(limits, BRIEF)
    return Request(verb, [Part(source)], only) if possible(checked_id(source, "source")) else Request.answered(None)


def report(limits: Limits, reports: Sequence[Report]) -> Request[None]:
    for one in reports:
        checked_text(one.reason, "reason")
    known = [one for one in reports if possible(checked_id(one.source, "source"))]
    parts = [Part(tuple(slice_), keys=[one.source for one in slice_], weight=len(slice_)) for slice_ in slices(known)]
    return Request(ours(limits, REPORT), parts, lambda _: None)


def condition(limits: Limits, source: int) -> Request[Condition | None]:
    verb = ours(limits, CONDITION)
    return Request(verb, [Part(source)], only) if possible(checked_id(source, "source")) else Request.answered(None)


def list_conditions(limits: Limits) -> Request[dict[int, Condition]]:
    return Request(ours(limits, CONDITIONS), [Part(None)], only)


def list_pauses(limits: Limits) -> Request[dict[int, Pause]]:
    return Request(ours(limits, PAUSES), [Part(None)], only)


def prune(limits: Limits, ids: Iterable[int], *, most: int) -> Request[int]:
    checked_count(most, "most", least=1)
    return Request(ours(limits, PRUNE), [Part((tuple(_known(ids)), most))], only)


def nobodys(limits: Limits, *, after: int, most: int) -> Request[Nobodys]:
    """
    Return which sources no master runs, of the next so many after an id.
    """
    wanted = (checked_count(after, "after", least=0), checked_count(most, "most", least=1))
    return Request(ours(limits, NOBODYS), [Part(wanted)], only)


def oldest(limits: Limits) -> Request[int]:
    return Request(ours(limits, OLDEST), [Part(None)], only)


def check_settings(limits: Limits, settings: Settings) -> None:
    """
    Check that the database can hold settings.
    """
    checked_text(settings.kind, "kind", at_most=_KIND_BYTES)
    checked_text(settings.url, "URL")
    if settings.host is not None:
        checked_name(settings.host, at_most=limits.name_bytes)
    for pattern in (*settings.refs, *settings.exclude):
        checked_text(pattern, "pattern")
    if settings.credential is not None:
        checked_text(settings.credential, "credential")
    for text in (*settings.options, *settings.options.values()):
        checked_text(text, "setting")
    for seconds, what in ((settings.poll, "poll"), (settings.keep, "keep")):
        if not 0 < seconds < _FOR_EVER:
            raise ValueError(f"{what} is a number of seconds from 0 on, not {seconds:g}")


_FOR_EVER = 1e12


def _known(ids: Iterable[int]) -> list[int]:
    return [id_ for id_ in dict.fromkeys(ids) if possible(checked_id(id_, "source"))]


def _possible(ids: Iterable[int]) -> list[int]:
    wanted = list(dict.fromkeys(checked_id(id_, "source") for id_ in ids))
    for id_ in wanted:
        if not possible(id_):
            raise UnknownChangeSourceError(id_)
    return wanted
